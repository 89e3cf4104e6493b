"""The Deployment controller: one ReplicaSet a template, and the way from the old to the new. Pure.

Source of the rules: the Deployment API (apps/v1) and its documentation of rollouts, conditions and
``kubectl rollout``: the revision annotation, ``pod-template-hash``, what Progressing and Available
mean, and when a rollout has taken too long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.controllers.conditions import with_condition, without_condition
from tenter.embedded.controllers.ownership import (
    controller_reference,
    is_controlled_by,
    is_deleting,
)
from tenter.embedded.controllers.pods import condition_of
from tenter.embedded.controllers.rollout import Size, read_bounds, roll
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Patch, Write, WriteStatus
from tenter.embedded.timestamps import parse_time
from tenter.manifests import Manifest

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MOST = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = frozenset(
    {
        REVISION,
        _DESIRED,
        _MOST,
        "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision-history",
    }
)
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""No vowels, so that a hash never spells a word."""
_NO_DEADLINE = 2**31 - 1
"""``progressDeadlineSeconds`` of this value means none, by the API."""


def reconcile(
    deployment: Manifest,
    replica_sets: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,  # noqa: ARG001 - one signature for all controllers
) -> Outcome:
    """Return what ``deployment`` needs next, given the ReplicaSets of its namespace at ``now``."""
    owned = sorted((item for item in replica_sets if is_controlled_by(item, deployment)), key=_age)
    if is_deleting(deployment):
        return Outcome(_status(deployment, owned, None, now, created=False)[0])
    spec = deployment["spec"]
    new = _current(deployment, owned)
    old = [item for item in owned if item is not new]
    writes: list[Write] = []
    created = False
    if spec.get("paused"):
        writes += _scale_paused(deployment, new, old)
    elif _recreates(spec) and any(_pods(item) for item in old):
        # Recreate: every old Pod is gone before the first new one starts.
        writes += [_scaled(item, 0) for item in old if item["spec"].get("replicas", 1)]
    elif new is None:
        writes.append(Create(_new_replica_set(deployment, old)))
        created = True
    else:
        writes += _revise(deployment, new, old)
        writes += _rollout(deployment, new, old)
        writes += _forget(deployment, new, old)
    status_writes, wake_at = _status(deployment, owned, new, now, created=created)
    return Outcome((*writes, *status_writes), wake_at)


def template_hash(template: dict[str, Any]) -> str:
    """Return the label value that tells one Pod template from another: ten safe characters."""
    digest = hashlib.sha256(msgspec.json.encode(template, order="deterministic")).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def _age(replica_set: Manifest) -> tuple[int, str, str]:
    metadata = replica_set["metadata"]
    return _revision(replica_set), metadata.get("creationTimestamp") or "", metadata["name"]


def _revision(manifest: Manifest) -> int:
    text = (manifest["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def _current(deployment: Manifest, owned: Sequence[Manifest]) -> Manifest | None:
    """Return the ReplicaSet of the Deployment's template, the oldest if there are several."""
    template = deployment["spec"]["template"]
    name = f"{deployment['metadata']['name']}-{template_hash(template)}"
    for item in owned:
        if item["metadata"]["name"] == name or _plain(item["spec"]["template"]) == template:
            return item
    return None


def _plain(template: dict[str, Any]) -> dict[str, Any]:
    """Return a ReplicaSet's template as its Deployment had it: without the hash label."""
    metadata = template.get("metadata") or {}
    labels = {name: text for name, text in (metadata.get("labels") or {}).items() if name != HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _new_replica_set(deployment: Manifest, old: Sequence[Manifest]) -> Manifest:
    spec = deployment["spec"]
    metadata = deployment["metadata"]
    template = spec["template"]
    mark = template_hash(template)
    template_meta = template.get("metadata") or {}
    labels = {**(template_meta.get("labels") or {}), HASH: mark}
    selector = spec.get("selector") or {}
    replicas = spec.get("replicas", 1)
    if _recreates(spec):
        size = replicas
    else:
        size, _ = roll(
            replicas,
            read_bounds(spec.get("strategy"), replicas),
            Size(0, 0, 0),
            [_size(item) for item in old],
        )
    manifest: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{metadata['name']}-{mark}",
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": {**_copied(deployment), **_numbers(deployment, _next_revision(old))},
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": {
            "replicas": size,
            "selector": {
                **selector,
                "matchLabels": {**(selector.get("matchLabels") or {}), HASH: mark},
            },
            "template": {**template, "metadata": {**template_meta, "labels": labels}},
        },
    }
    if spec.get("minReadySeconds"):
        manifest["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return manifest


def _next_revision(old: Sequence[Manifest]) -> int:
    return max(map(_revision, old), default=0) + 1


def _copied(deployment: Manifest) -> dict[str, str]:
    annotations = deployment["metadata"].get("annotations") or {}
    return {name: text for name, text in annotations.items() if name not in _NOT_COPIED}


def _numbers(deployment: Manifest, revision: int) -> dict[str, str]:
    spec = deployment["spec"]
    replicas = spec.get("replicas", 1)
    surge = 0 if _recreates(spec) else read_bounds(spec.get("strategy"), replicas)[0]
    return {REVISION: str(revision), _DESIRED: str(replicas), _MOST: str(replicas + surge)}


def _revise(deployment: Manifest, new: Manifest, old: Sequence[Manifest]) -> list[Write]:
    """Give the new ReplicaSet the highest revision; a rollback makes an old one new again."""
    writes: list[Write] = []
    revision = max(_revision(new), _next_revision(old))
    wanted = {**_copied(deployment), **_numbers(deployment, revision)}
    present = new["metadata"].get("annotations") or {}
    changes: dict[str, Any] = {}
    if any(present.get(name) != text for name, text in wanted.items()):
        changes["metadata"] = {"annotations": wanted}
    least = deployment["spec"].get("minReadySeconds", 0)
    if new["spec"].get("minReadySeconds", 0) != least:
        changes["spec"] = {"minReadySeconds": least}
    if changes:
        writes.append(Patch(new, changes))
    if _revision(deployment) != revision:
        writes.append(Patch(deployment, {"metadata": {"annotations": {REVISION: str(revision)}}}))
    return writes


def _rollout(deployment: Manifest, new: Manifest, old: Sequence[Manifest]) -> list[Write]:
    spec = deployment["spec"]
    replicas = spec.get("replicas", 1)
    if _recreates(spec):
        sizes = [0] * len(old)
        size = replicas
    else:
        size, sizes = roll(
            replicas,
            read_bounds(spec.get("strategy"), replicas),
            _size(new),
            [_size(item) for item in old],
        )
    pairs = [(new, size), *zip(old, sizes, strict=True)]
    return [
        _scaled(item, count) for item, count in pairs if item["spec"].get("replicas", 1) != count
    ]


def _scale_paused(
    deployment: Manifest, new: Manifest | None, old: Sequence[Manifest]
) -> list[Write]:
    """Follow ``replicas`` while paused: where just one ReplicaSet has Pods, it is scaled."""
    running = [item for item in (*old, *([new] if new else [])) if item["spec"].get("replicas", 1)]
    target = running[0] if len(running) == 1 else new if not running else None
    replicas = deployment["spec"].get("replicas", 1)
    if target is None or target["spec"].get("replicas", 1) == replicas:
        return []
    return [_scaled(target, replicas)]


def _forget(deployment: Manifest, new: Manifest, old: Sequence[Manifest]) -> list[Write]:
    """Delete the oldest empty ReplicaSets beyond ``revisionHistoryLimit`` after a rollout."""
    spec = deployment["spec"]
    if not _complete(deployment, [new, *old], new):
        return []
    empty = [
        item
        for item in old
        if not item["spec"].get("replicas", 1) and not _pods(item) and not is_deleting(item)
    ]
    surplus = len(empty) - spec.get("revisionHistoryLimit", 10)
    return [Delete(item) for item in empty[: max(0, surplus)]]


def _scaled(replica_set: Manifest, replicas: int) -> Patch:
    return Patch(replica_set, {"spec": {"replicas": replicas}})


def _recreates(spec: dict[str, Any]) -> bool:
    return (spec.get("strategy") or {}).get("type") == "Recreate"


def _number(replica_set: Manifest, field: str) -> int:
    return int((replica_set.get("status") or {}).get(field) or 0)


def _pods(replica_set: Manifest) -> int:
    """Return the Pods that exist, those still terminating included."""
    return _number(replica_set, "replicas") + _number(replica_set, "terminatingReplicas")


def _size(replica_set: Manifest) -> Size:
    return Size(
        replica_set["spec"].get("replicas", 1),
        _number(replica_set, "replicas"),
        _number(replica_set, "availableReplicas"),
    )


def _complete(deployment: Manifest, owned: Sequence[Manifest], new: Manifest | None) -> bool:
    replicas = deployment["spec"].get("replicas", 1)
    return (
        new is not None
        and _number(new, "replicas") == replicas
        and _number(new, "availableReplicas") >= replicas
        and sum(_number(item, "replicas") for item in owned) == replicas
        and _number(new, "observedGeneration") >= new["metadata"].get("generation", 0)
    )


def _status(
    deployment: Manifest,
    owned: Sequence[Manifest],
    new: Manifest | None,
    now: float,
    *,
    created: bool,
) -> tuple[tuple[Write, ...], float | None]:
    spec = deployment["spec"]
    before: dict[str, Any] = deployment.get("status") or {}
    replicas = spec.get("replicas", 1)
    total = sum(_number(item, "replicas") for item in owned)
    available = sum(_number(item, "availableReplicas") for item in owned)
    wanted = sum(item["spec"].get("replicas", 1) for item in owned)
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total,
        "updatedReplicas": _number(new, "replicas") if new else 0,
        "readyReplicas": sum(_number(item, "readyReplicas") for item in owned),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(wanted, replicas) - available),
        "terminatingReplicas": sum(_number(item, "terminatingReplicas") for item in owned),
        "collisionCount": before.get("collisionCount"),
    }
    conditions, wake_at = _progress(deployment, owned, new, counts, now, created=created)
    unavailable = 0 if _recreates(spec) else read_bounds(spec.get("strategy"), replicas)[1]
    enough = available >= replicas - unavailable
    conditions = with_condition(
        conditions,
        "Available",
        enough,
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=(
            "Deployment has minimum availability."
            if enough
            else "Deployment does not have minimum availability."
        ),
        now=now,
    )
    status = {field: value for field, value in counts.items() if value}
    status["conditions"] = conditions
    if status == before:
        return (), wake_at
    return (WriteStatus({**deployment, "status": status}),), wake_at


def _progress(
    deployment: Manifest,
    owned: Sequence[Manifest],
    new: Manifest | None,
    counts: dict[str, Any],
    now: float,
    *,
    created: bool,
) -> tuple[list[dict[str, Any]], float | None]:
    """Return the conditions with Progressing brought up to date, and when the deadline passes."""
    spec = deployment["spec"]
    before: dict[str, Any] = deployment.get("status") or {}
    conditions: list[dict[str, Any]] = list(before.get("conditions") or ())
    deadline = spec.get("progressDeadlineSeconds", 600)
    present = condition_of(deployment, "Progressing")
    name = deployment["metadata"]["name"]
    what = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{name}"'
    if deadline == _NO_DEADLINE:
        return without_condition(conditions, "Progressing"), None

    def progressing(status: bool, reason: str, message: str) -> list[dict[str, Any]]:
        return with_condition(
            conditions, "Progressing", status, reason=reason, message=message, now=now
        )

    if spec.get("paused"):
        if present is not None and present.get("reason") == "NewReplicaSetAvailable":
            return conditions, None
        return (
            [
                condition
                if condition.get("type") != "Progressing"
                else {
                    **condition,
                    "status": "Unknown",
                    "reason": "DeploymentPaused",
                    "message": "Deployment is paused",
                }
                for condition in conditions
            ],
            None,
        )
    if created:
        return progressing(
            True, "NewReplicaSetCreated", f"Created a new replica set for {what}"
        ), None
    if _complete(deployment, owned, new):
        return (
            progressing(True, "NewReplicaSetAvailable", f"{what} has successfully progressed."),
            None,
        )
    moved = any(
        (counts[field] or 0) > (before.get(field) or 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    ) or (counts["replicas"] - counts["updatedReplicas"]) < (
        (before.get("replicas") or 0) - (before.get("updatedReplicas") or 0)
    )
    if present is None or moved or present.get("reason") == "DeploymentPaused":
        # Any step forward starts the deadline anew, so the condition's update time must move.
        stale = [
            {**condition, "message": ""} if condition.get("type") == "Progressing" else condition
            for condition in conditions
        ]
        return (
            with_condition(
                stale,
                "Progressing",
                True,
                reason="ReplicaSetUpdated",
                message=f"{what} is progressing.",
                now=now,
            ),
            now + deadline,
        )
    if present.get("reason") == "NewReplicaSetAvailable":
        if before.get("observedGeneration") == counts["observedGeneration"]:
            # Complete once is complete: a Pod lost later is Available's matter.
            return conditions, None
        return progressing(True, "ReplicaSetUpdated", f"{what} is progressing."), now + deadline
    if present.get("status") == "False":
        return conditions, None
    since = parse_time(present.get("lastUpdateTime")) or now
    # The stored time lost its fraction; the deadline must not come early.
    due = since + deadline + 1
    if now >= due:
        return (
            progressing(False, "ProgressDeadlineExceeded", f"{what} has timed out progressing."),
            None,
        )
    return conditions, due
