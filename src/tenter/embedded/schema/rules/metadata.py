"""What ``metadata`` may hold, and which of it may never change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required, too_long
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest

_NAMES: dict[tuple[str, str], Callable[[str], tuple[str, ...]]] = {
    ("", "Namespace"): names.label,
    ("", "Service"): names.label_1035,
    ("rbac.authorization.k8s.io", "Role"): names.path_segment,
    ("rbac.authorization.k8s.io", "ClusterRole"): names.path_segment,
    ("rbac.authorization.k8s.io", "RoleBinding"): names.path_segment,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): names.path_segment,
}

_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")
_ANNOTATIONS_LIMIT = 256 * 1024


def metadata_causes(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return what is wrong with the metadata of ``obj``."""
    metadata = obj.get("metadata") or {}
    causes: list[Cause] = []
    name = metadata.get("name") or ""
    if not name:
        causes.append(required("metadata.name", "name or generateName is required"))
    else:
        judge = _NAMES.get((type_.group, type_.kind), names.subdomain)
        causes += [invalid("metadata.name", name, why) for why in judge(name)]
    labels = metadata.get("labels")
    if labels:
        causes += label_causes(labels, "metadata.labels")
    annotations = metadata.get("annotations")
    if annotations:
        causes += _annotation_causes(annotations)
    if "ownerReferences" in metadata:
        causes += _owner_causes(metadata["ownerReferences"])
    if "finalizers" in metadata:
        causes += _finalizer_causes(metadata["finalizers"] or (), type_)
    return causes


def _finalizer_causes(finalizers: Iterable[str], type_: StructType) -> list[Cause]:
    causes: list[Cause] = []
    strict = type_.built_in and type_.group != "apiextensions.k8s.io"
    for index, finalizer in enumerate(finalizers):
        causes += [
            invalid("metadata.finalizers", finalizer, why)
            for why in names.qualified_name(finalizer)
        ]
        if strict and "/" not in finalizer and finalizer not in _FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            causes.append(invalid(f"metadata.finalizers[{index}]", finalizer, why))
    return causes


def label_causes(labels: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the labels at ``path``."""
    causes: list[Cause] = []
    for key, value in labels.items():
        causes += [invalid(path, key, why) for why in names.qualified_name(key)]
        causes += [invalid(path, value, why) for why in names.label_value(value)]
    return causes


def _annotation_causes(annotations: dict[str, str]) -> list[Cause]:
    path = "metadata.annotations"
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
    for index, owner in enumerate(owners):
        path = f"metadata.ownerReferences[{index}]"
        causes += [
            invalid(f"{path}.{field}", "", "must not be empty")
            for field in ("apiVersion", "kind", "name", "uid")
            if not owner.get(field)
        ]
        if owner.get("controller"):
            this = f"{owner.get('kind')}/{owner.get('name')}"
            if managing:
                why = (
                    "Only one reference can have Controller set to true. Found"
                    f' "true" in references for {managing} and {this}'
                )
                causes.append(invalid("metadata.ownerReferences", this, why))
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
