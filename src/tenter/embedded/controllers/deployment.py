"""The Deployment controller: one ReplicaSet a template, and the way from the old to the new. Pure.

Source of the rules: the Deployment API (apps/v1) and its documentation of rollouts and
``kubectl rollout``: the revision annotation and ``pod-template-hash``. What has come of it is told
by ``deployment_status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.deployment_status import (
    deployment_status,
    is_complete,
    number_of,
    recreates,
)
from tenter.embedded.controllers.ownership import (
    controller_reference,
    is_controlled_by,
    is_deleting,
)
from tenter.embedded.controllers.rollout import Size, read_bounds, roll
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.templates import template_hash
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Patch, Write
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


def reconcile(
    deployment: Manifest,
    replica_sets: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,  # noqa: ARG001 - one signature for all controllers
) -> Outcome:
    """Return what ``deployment`` needs next, given the ReplicaSets of its namespace at ``now``."""
    owned = sorted((item for item in replica_sets if is_controlled_by(item, deployment)), key=_age)
    if is_deleting(deployment):
        return Outcome(deployment_status(deployment, owned, None, now, created=False)[0])
    spec = deployment["spec"]
    new = _current(deployment, owned)
    old = [item for item in owned if item is not new]
    writes: list[Write] = []
    created = False
    if spec.get("paused"):
        writes += _scale_paused(deployment, new, old)
    elif recreates(spec) and any(_pods(item) for item in old):
        # Recreate: every old Pod is gone before the first new one starts.
        writes += [_scaled(item, 0) for item in old if item["spec"].get("replicas", 1)]
    elif new is None:
        writes.append(Create(_new_replica_set(deployment, old)))
        created = True
    else:
        writes += _revise(deployment, new, old)
        writes += _rollout(deployment, new, old)
        writes += _forget(deployment, new, old)
    status_writes, wake_at = deployment_status(deployment, owned, new, now, created=created)
    return Outcome((*writes, *status_writes), wake_at)


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
    if recreates(spec):
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
    surge = 0 if recreates(spec) else read_bounds(spec.get("strategy"), replicas)[0]
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
        numbered = {"metadata": {"annotations": {REVISION: str(revision)}}}
        writes.append(Patch(deployment, numbered, subresource="status"))
    return writes


def _rollout(deployment: Manifest, new: Manifest, old: Sequence[Manifest]) -> list[Write]:
    spec = deployment["spec"]
    replicas = spec.get("replicas", 1)
    if recreates(spec):
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
    if not is_complete(deployment, [new, *old], new):
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


def _pods(replica_set: Manifest) -> int:
    """Return the Pods that exist, those still terminating included."""
    return number_of(replica_set, "replicas") + number_of(replica_set, "terminatingReplicas")


def _size(replica_set: Manifest) -> Size:
    return Size(
        replica_set["spec"].get("replicas", 1),
        number_of(replica_set, "replicas"),
        number_of(replica_set, "availableReplicas"),
    )
