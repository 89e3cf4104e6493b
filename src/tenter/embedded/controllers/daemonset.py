"""The DaemonSet controller in its simple form: one Pod on each node that its selector fits. Pure.

Source of the rules: the DaemonSet API (apps/v1). Taints and affinity are not weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.ownership import is_deleting
from tenter.embedded.controllers.pods import (
    is_active,
    is_finished,
    is_ready,
    pod_from_template,
)
from tenter.embedded.controllers.replicaset import count_available
from tenter.embedded.controllers.rollout import read_share
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.templates import template_hash
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Write, WriteStatus
from tenter.manifests import Manifest

REVISION = "controller-revision-hash"


def reconcile(
    daemon_set: Manifest,
    pods: Sequence[Manifest],
    nodes: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,  # noqa: ARG001 - one signature for all controllers
) -> Outcome:
    """Return what ``daemon_set`` needs next, given its ``pods`` and all ``nodes``."""
    spec = daemon_set["spec"]
    revision = template_hash(spec["template"])
    pod_spec = spec["template"].get("spec") or {}
    wanted = [
        node["metadata"]["name"]
        for node in nodes
        if _fits(pod_spec.get("nodeSelector") or {}, node) and not is_deleting(node)
    ]
    by_node: dict[str, list[Manifest]] = {}
    for pod in pods:
        by_node.setdefault((pod.get("spec") or {}).get("nodeName", ""), []).append(pod)
    writes: list[Write] = []
    serving: list[Manifest] = []
    misplaced = 0
    for name in wanted:
        here = by_node.pop(name, [])
        writes += [Delete(pod) for pod in here if is_finished(pod) and not is_deleting(pod)]
        running = [pod for pod in here if is_active(pod)]
        serving += running[:1]
        writes += [Delete(pod) for pod in running[1:]]
        if not here:
            writes.append(Create(_new_pod(daemon_set, name, revision)))
    for rest in by_node.values():
        misplaced += sum(map(is_active, rest))
        writes += [Delete(pod) for pod in rest if not is_deleting(pod)]
    available, wake_at = count_available(serving, spec.get("minReadySeconds", 0), now)
    old = [pod for pod in serving if _revision(pod) != revision]
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") == "RollingUpdate" and old:
        rolling = strategy.get("rollingUpdate") or {}
        share = read_share(rolling.get("maxUnavailable"), len(wanted), "1", up=True) or 1
        room = share - (len(wanted) - available)
        # Those that serve nobody anyway go first and cost nothing.
        writes += [Delete(pod) for pod in old if not is_ready(pod)]
        writes += [Delete(pod) for pod in [pod for pod in old if is_ready(pod)][: max(0, room)]]
    if is_deleting(daemon_set):
        writes = []
    status: dict[str, Any] = {
        "currentNumberScheduled": len(serving),
        "desiredNumberScheduled": len(wanted),
        "numberMisscheduled": misplaced,
        "numberReady": sum(map(is_ready, serving)),
        "numberAvailable": available,
        "numberUnavailable": len(wanted) - available,
        "updatedNumberScheduled": len(serving) - len(old),
        "observedGeneration": daemon_set["metadata"].get("generation", 0),
    }
    always = (
        "currentNumberScheduled",
        "desiredNumberScheduled",
        "numberMisscheduled",
        "numberReady",
    )
    status = {field: value for field, value in status.items() if value or field in always}
    if status != daemon_set.get("status"):
        writes.append(WriteStatus({**daemon_set, "status": status}))
    return Outcome(tuple(writes), wake_at)


def _new_pod(daemon_set: Manifest, node: str, revision: str) -> Manifest:
    pod = pod_from_template(daemon_set, daemon_set["spec"]["template"], labels={REVISION: revision})
    pod["spec"] = {**pod["spec"], "nodeName": node}
    return pod


def _fits(selector: dict[str, str], node: Manifest) -> bool:
    labels = node["metadata"].get("labels") or {}
    return all(labels.get(name) == text for name, text in selector.items())


def _revision(pod: Manifest) -> str:
    return str((pod["metadata"].get("labels") or {}).get(REVISION, ""))
