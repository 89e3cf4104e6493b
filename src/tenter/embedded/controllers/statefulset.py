"""The StatefulSet controller in its simple form: numbered Pods, in order, with claims. Pure.

Revisions are known by the template's hash (label ``controller-revision-hash``); what they were is
kept by ``revisions``. Source of the rules: the StatefulSet API (apps/v1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.ownership import is_deleting
from tenter.embedded.controllers.pods import (
    available_at,
    is_active,
    is_finished,
    is_ready,
    pod_from_template,
)
from tenter.embedded.controllers.replicaset import count_available
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.templates import template_hash
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Write, WriteStatus
from tenter.manifests import Manifest

REVISION = "controller-revision-hash"


def reconcile(
    stateful_set: Manifest,
    pods: Sequence[Manifest],
    claims: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,  # noqa: ARG001 - one signature for all controllers
) -> Outcome:
    """Return what ``stateful_set`` needs next; ``claims`` are all those of its namespace."""
    spec, metadata = stateful_set["spec"], stateful_set["metadata"]
    replicas = spec.get("replicas", 1)
    start = (spec.get("ordinals") or {}).get("start", 0)
    update = f"{metadata['name']}-{template_hash(spec['template'])}"
    before: dict[str, Any] = stateful_set.get("status") or {}
    current = before.get("currentRevision") or update
    by_number = {number: pod for pod in pods if (number := _ordinal(stateful_set, pod)) is not None}
    wanted = range(start, start + replicas)
    writes: list[Write] = []
    if not is_deleting(stateful_set):
        present = {claim["metadata"]["name"] for claim in claims}
        writes += _next_pods(
            stateful_set, wanted, by_number, present, revisions=(current, update), now=now
        )
    live = [pod for pod in pods if not is_finished(pod)]
    counted = [by_number[number] for number in wanted if number in by_number]
    updated = sum(_revision(pod) == update for pod in counted)
    available, wake_at = count_available(
        [pod for pod in counted if is_active(pod)], spec.get("minReadySeconds", 0), now
    )
    settled = updated == replicas == available
    status: dict[str, Any] = {
        "observedGeneration": metadata.get("generation", 0),
        "replicas": len(live),
        "readyReplicas": sum(map(is_ready, live)),
        "availableReplicas": available,
        "currentReplicas": replicas
        if settled
        else sum(_revision(pod) == current for pod in counted),
        "updatedReplicas": updated,
        "currentRevision": update if settled else current,
        "updateRevision": update,
        "collisionCount": before.get("collisionCount"),
    }
    always = {"replicas", "availableReplicas"}
    status = {
        field: value
        for field, value in status.items()
        if value or (field in always and value is not None)
    }
    if status != before:
        writes.append(WriteStatus({**stateful_set, "status": status}))
    return Outcome(tuple(writes), wake_at)


def _next_pods(
    stateful_set: Manifest,
    wanted: range,
    by_number: dict[int, Manifest],
    claims: set[str],
    *,
    revisions: tuple[str, str],
    now: float,
) -> list[Write]:
    spec = stateful_set["spec"]
    ordered = spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    least = spec.get("minReadySeconds", 0)
    writes: list[Write] = []
    for number in wanted:
        pod = by_number.get(number)
        if pod is None:
            writes += _new_pod(stateful_set, number, claims, revisions[1])
        elif is_finished(pod) and not is_deleting(pod):
            writes.append(Delete(pod))
        elif not is_deleting(pod):
            moment = available_at(pod, least)
            if moment is not None and moment <= now:
                continue
        if ordered:
            # The next one waits until this one is there, ready, and of long enough standing.
            return [*writes, *_replace_broken(spec, wanted, by_number, revisions[1])]
    surplus = sorted((number for number in by_number if number not in wanted), reverse=True)
    for number in surplus:
        if not is_deleting(by_number[number]):
            writes.append(Delete(by_number[number]))
        if ordered:
            return writes
    if writes or surplus:
        return writes
    return _update(spec, wanted, by_number, revisions[1])


def _replace_broken(
    spec: dict[str, Any], wanted: range, by_number: dict[int, Manifest], update: str
) -> list[Write]:
    """Replace Pods of an old revision that are not ready: waiting for those could last for ever."""
    broken = {
        number: pod
        for number, pod in by_number.items()
        if _revision(pod) != update and not is_ready(pod)
    }
    return _update(spec, wanted, broken, update)


def _update(
    spec: dict[str, Any], wanted: range, by_number: dict[int, Manifest], update: str
) -> list[Write]:
    """Delete the highest Pod of an old revision; it comes back as the new one says."""
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return []
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for number in sorted(by_number, reverse=True):
        pod = by_number[number]
        if number < wanted.start + partition:
            break
        if number in wanted and _revision(pod) != update:
            return [] if is_deleting(pod) else [Delete(pod)]
    return []


def _new_pod(stateful_set: Manifest, number: int, claims: set[str], revision: str) -> list[Write]:
    spec, metadata = stateful_set["spec"], stateful_set["metadata"]
    name = f"{metadata['name']}-{number}"
    writes: list[Write] = []
    volumes = []
    for template in spec.get("volumeClaimTemplates") or ():
        label = template["metadata"]["name"]
        claim = f"{label}-{name}"
        volumes.append({"name": label, "persistentVolumeClaim": {"claimName": claim}})
        if claim not in claims:
            writes.append(
                Create(
                    {
                        "apiVersion": "v1",
                        "kind": "PersistentVolumeClaim",
                        "metadata": {
                            "name": claim,
                            "namespace": metadata["namespace"],
                            "labels": (spec.get("selector") or {}).get("matchLabels") or {},
                        },
                        "spec": template.get("spec") or {},
                    }
                )
            )
    pod = pod_from_template(
        stateful_set,
        spec["template"],
        name=name,
        labels={
            REVISION: revision,
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": str(number),
        },
    )
    replaced = {volume["name"] for volume in volumes}
    own = [item for item in pod["spec"].get("volumes") or () if item["name"] not in replaced]
    pod["spec"] = {**pod["spec"], "hostname": name, "volumes": [*own, *volumes]}
    if spec.get("serviceName"):
        pod["spec"]["subdomain"] = spec["serviceName"]
    return [*writes, Create(pod)]


def _ordinal(stateful_set: Manifest, pod: Manifest) -> int | None:
    base, dash, number = pod["metadata"]["name"].rpartition("-")
    mine = dash and base == stateful_set["metadata"]["name"] and number.isdecimal()
    return int(number) if mine else None


def _revision(pod: Manifest) -> str:
    return str((pod["metadata"].get("labels") or {}).get(REVISION, ""))
