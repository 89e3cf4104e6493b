"""kubectl's way from client-side to server-side apply, which the API server helps along.

Whoever applied client-side left what they wanted in an annotation. When kubectl then applies
server-side, under the name ``kubectl``, fields that still are as the annotation says are no
conflict; and while the annotation is there, it follows what is applied, so that the way back stays
open. Source: KEP-2155, and the Kubernetes documentation of server-side apply, "Upgrading from
client-side apply to server-side apply".
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.embedded.fields.comparison import applied_set, compare
from tenter.embedded.fields.errors import FieldConflicts, TypedPatchError
from tenter.embedded.fields.ownership import apply
from tenter.embedded.fields.sets import difference, paths
from tenter.embedded.schema import StructType
from tenter.manifests import Manifest

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_MANAGER = "kubectl"
_LONGEST = 262_144
"""Bytes that all annotations of an object may have together."""


def apply_as(
    live: Manifest | None,
    applied: Manifest,
    type_: StructType,
    *,
    manager: str,
    force: bool,
    now: str,
    subresource: str = "",
) -> Manifest:
    """Return what ``ownership.apply`` does, in kubectl's case with the help described above."""

    def attempt(*, force: bool) -> Manifest:
        return apply(
            live,
            applied,
            type_,
            manager=manager,
            force=force,
            now=now,
            subresource=subresource,
        )

    if manager != _MANAGER:
        return attempt(force=force)
    try:
        merged = attempt(force=force)
    except FieldConflicts as conflicts:
        if live is None or not _is_own(conflicts, live, type_):
            raise
        merged = attempt(force=True)
    return _annotated(merged, applied)


def _is_own(conflicts: FieldConflicts, live: Manifest, type_: StructType) -> bool:
    """Tell whether all conflicts are about what kubectl applied itself, client-side."""
    text = _annotations(live).get(ANNOTATION)
    if not text:
        return False
    try:
        before = msgspec.json.decode(text)
        stated = applied_set(before, type_)
    except (msgspec.DecodeError, TypedPatchError, AttributeError):
        return False  # somebody else's text
    change = compare(before, live, type_)
    kept = difference(difference(stated, change.modified), change.removed)
    own = set(paths(kept))
    return all(conflict.path in own for conflict in conflicts.conflicts)


def _annotated(merged: Manifest, applied: Manifest) -> Manifest:
    annotations = _annotations(merged)
    if ANNOTATION not in annotations:
        return merged
    text = _text(applied)
    if len(text) > _LONGEST or annotations[ANNOTATION] == text:
        return merged
    metadata = {**merged["metadata"], "annotations": {**annotations, ANNOTATION: text}}
    return {**merged, "metadata": metadata}


def _text(applied: Manifest) -> str:
    metadata = {**applied["metadata"]}
    others = {name: each for name, each in _annotations(applied).items() if name != ANNOTATION}
    if "annotations" in metadata:
        metadata["annotations"] = others
    encoded = msgspec.json.encode({**applied, "metadata": metadata}, order="sorted").decode()
    for letter in "<>&":
        encoded = encoded.replace(letter, f"\\u{ord(letter):04x}")
    return f"{encoded}\n"


def _annotations(manifest: Manifest) -> dict[str, Any]:
    return (manifest.get("metadata") or {}).get("annotations") or {}
