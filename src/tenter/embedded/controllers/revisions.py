"""What StatefulSets and DaemonSets were before: ControllerRevisions, for ``kubectl rollout``. Pure.

A revision holds the template as a patch that puts it back. The one of the present template has the
highest number; a rollback makes an old one the newest again. Source of the rules: the
ControllerRevision API (apps/v1), and the fields ``revisionHistoryLimit`` of both kinds.
"""

from __future__ import annotations

from collections.abc import Sequence

from tenter.embedded.controllers.ownership import controller_reference, is_deleting
from tenter.embedded.controllers.templates import template_hash
from tenter.embedded.controllers.writes import Create, Delete, Patch, Write
from tenter.manifests import Manifest

HASH = "controller.kubernetes.io/hash"
_KEPT = 10
"""The revisions kept beside the present one, where the object does not say."""


def keep(owner: Manifest, revisions: Sequence[Manifest]) -> tuple[Write, ...]:
    """Return the writes that make ``revisions``, all those of ``owner``, tell its history."""
    if is_deleting(owner):
        return ()
    metadata, spec = owner["metadata"], owner["spec"]
    name = f"{metadata['name']}-{template_hash(spec['template'])}"
    newest = max((item.get("revision", 0) for item in revisions), default=0)
    present = next((item for item in revisions if item["metadata"]["name"] == name), None)
    if present is None:
        return (Create(_revision(owner, name, newest + 1)),)
    if present.get("revision", 0) < newest:
        return (Patch(present, {"revision": newest + 1}),)
    used = (owner.get("status") or {}).get("currentRevision")
    old = sorted(
        (item for item in revisions if item["metadata"]["name"] not in (name, used)),
        key=lambda item: int(item.get("revision", 0)),
    )
    surplus = len(old) - spec.get("revisionHistoryLimit", _KEPT)
    return tuple(Delete(item) for item in old[: max(0, surplus)] if not is_deleting(item))


def _revision(owner: Manifest, name: str, number: int) -> Manifest:
    template = owner["spec"]["template"]
    labels = (template.get("metadata") or {}).get("labels") or {}
    metadata = {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**labels, HASH: template_hash(template)},
        "ownerReferences": [controller_reference(owner)],
    }
    if owner["metadata"].get("annotations"):
        metadata["annotations"] = owner["metadata"]["annotations"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "revision": number,
        "data": {"spec": {"template": {**template, "$patch": "replace"}}},
    }
