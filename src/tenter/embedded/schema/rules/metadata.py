"""What ``metadata`` may hold, and which of it may never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required, too_long
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest

_NAMES: dict[tuple[str, str], Callable[[str], tuple[str, ...]]] = {
    ("", "Namespace"): names.label,
    ("", "Service"): names.label,
    ("rbac.authorization.k8s.io", "Role"): names.path_segment,
    ("rbac.authorization.k8s.io", "ClusterRole"): names.path_segment,
    ("rbac.authorization.k8s.io", "RoleBinding"): names.path_segment,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): names.path_segment,
}

_PLAIN_GROUPS = ("apiextensions.k8s.io", "policy")
"""Groups whose finalizers need no domain: they were never among Kubernetes' core validations."""
_STANDARD_FINALIZERS = frozenset(("foregroundDeletion", "kubernetes", "orphan"))

_ANNOTATIONS_LIMIT = 256 * 1024


def metadata_causes(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return what is wrong with the metadata of ``obj``."""
    metadata = obj.get("metadata") or {}
    causes: list[Cause] = []
    name, prefix = metadata.get("name") or "", metadata.get("generateName") or ""
    judge = _NAMES.get((type_.group, type_.kind), names.subdomain)
    if prefix:
        # The dash at its end is followed by more in the name.
        shown = prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix
        causes += [invalid("metadata.generateName", prefix, why) for why in judge(shown)]
    if not name:
        causes.append(required("metadata.name", "name or generateName is required"))
    else:
        causes += [invalid("metadata.name", name, why) for why in judge(name)]
    labels = metadata.get("labels")
    if labels:
        causes += label_causes(labels, "metadata.labels")
    annotations = metadata.get("annotations")
    if annotations:
        causes += annotation_causes(annotations, "metadata.annotations")
    if "ownerReferences" in metadata:
        causes += _owner_causes(metadata["ownerReferences"])
    if metadata.get("finalizers"):
        strict = type_.built_in and type_.group not in _PLAIN_GROUPS
        causes += _finalizer_causes(metadata["finalizers"], strict=strict)
    return causes


def _finalizer_causes(finalizers: list[str], *, strict: bool) -> list[Cause]:
    path = "metadata.finalizers"
    causes = [invalid(path, text, why) for text in finalizers for why in names.qualified_name(text)]
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        why = "finalizer orphan and foregroundDeletion cannot be both set"
        causes.append(invalid(path, finalizers, why))
    if strict:
        why = "name is neither a standard finalizer name nor is it fully qualified"
        causes += [
            invalid(f"{path}[{index}]", text, why)
            for index, text in enumerate(finalizers)
            if "/" not in text and text not in _STANDARD_FINALIZERS
        ]
    return causes


def label_causes(labels: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the labels at ``path``."""
    causes: list[Cause] = []
    for key, value in labels.items():
        causes += [invalid(path, key, why) for why in names.qualified_name(key)]
        causes += [invalid(path, value, why) for why in names.label_value(value)]
    return causes


def annotation_causes(annotations: dict[str, str], path: str) -> list[Cause]:
    """Return what is wrong with the annotations at ``path``."""
    causes: list[Cause] = []
    size = 0
    for key, value in annotations.items():
        causes += [invalid(path, key, why) for why in names.qualified_name(key.lower())]
        size += len(key) + (len(value) if value.isascii() else len(value.encode()))
    if size > _ANNOTATIONS_LIMIT:
        causes.append(too_long(path, _ANNOTATIONS_LIMIT))
    return causes


def _owner_causes(owners: list[dict[str, Any]]) -> list[Cause]:
    causes: list[Cause] = []
    managing = ""
    path = "metadata.ownerReferences"
    for owner in owners:
        # Which of them it is, Kubernetes does not say.
        causes += [
            invalid(f"{path}.{field}", "", "must not be empty")
            for field in ("apiVersion", "kind", "name", "uid")
            if not owner.get(field)
        ]
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            causes.append(invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"))
        if owner.get("controller"):
            this = f"{owner.get('kind')}/{owner.get('name')}"
            if managing:
                why = (
                    "Only one reference can have Controller set to true. Found"
                    f' "true" in references for {managing} and {this}'
                )
                causes.append(invalid(path, this, why))
            managing = this
    return causes


def metadata_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in metadata and did."""
    before, after = old.get("metadata") or {}, new.get("metadata") or {}
    causes = [
        invalid(f"metadata.{field}", after.get(field) or "", "field is immutable")
        for field in ("name", "namespace", "uid", "creationTimestamp")
        if before.get(field, "") != after.get(field, "")
    ]
    if before.get("deletionTimestamp"):
        added = [
            text
            for text in after.get("finalizers") or ()
            if text not in (before.get("finalizers") or ())
        ]
        if added:
            why = (
                "no new finalizers can be added if the object is being deleted,"
                f" found new finalizers {added}".replace("'", '"')
            )
            causes.append(forbidden("metadata.finalizers", why))
    return causes
