"""Which fields of a live object are ours, as its ``managedFields`` tell.

Ours are the fields of Tenter itself and of the tools it takes over from: Argo CD, and kubectl's
apply of both kinds. Other managers' fields are nobody's business but theirs, yet their entries
still say how lists are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tenter.diff.field_trees import FieldTree, restricted, union, written_by_hand
from tenter.manifests import Manifest
from tenter.manifests.masking import LAST_APPLIED

TENTER = "tenter"
PREDECESSORS = (
    "argocd-controller",
    "kubectl",
    "kubectl-client-side-apply",
    "kubectl-last-applied",
    "before-first-apply",
)
"""Field managers whose fields Tenter takes over: a field they applied that Git drops goes too."""

MIGRATION_MANAGER = "argocd.argoproj.io/client-side-apply-migration-manager"
"""Annotation that names one more field manager to take over from."""


class Ownership(msgspec.Struct, frozen=True, eq=False):
    """Who owns what of one live object.

    ``applied`` is what Tenter's own server-side apply owns. ``inherited`` is what a person wrote
    through other managers of ours (or through Tenter's other requests): an apply by Tenter alone
    would leave it. ``structure`` is every manager's fields together: how lists are merged.
    ``certain`` is False where an entry is of another API version, so that paths may differ.
    ``due`` says that entries wait to be taken over before the next apply.
    """

    applied: FieldTree
    inherited: FieldTree
    structure: FieldTree
    certain: bool = True
    due: bool = False


def read_ownership(
    live: Manifest, entries: Sequence[Any] | None, *, predecessors: Sequence[str] = PREDECESSORS
) -> Ownership:
    """Return who owns what of ``live``, whose ``metadata.managedFields`` are ``entries``."""
    version = live.get("apiVersion")
    applied: FieldTree = {}
    inherited: FieldTree = {}
    structure: FieldTree = {}
    certain, due = bool(entries), False
    for entry in entries or ():
        tree = entry.get("fieldsV1") or {}
        ours = is_ours(entry, predecessors)
        if entry.get("apiVersion") != version:
            certain = certain and not ours
            due = due or (ours and not _is_own_apply(entry))
            continue
        structure = union(structure, tree)
        if _is_own_apply(entry):
            applied = union(applied, tree)
        elif ours:
            due = True
            inherited = union(inherited, written_fields(entry, live))
    return Ownership(applied, inherited, structure, certain, due)


def predecessors_of(target: Manifest) -> tuple[str, ...]:
    """Return the managers whose fields of ``target`` Tenter takes over."""
    annotations = (target.get("metadata") or {}).get("annotations") or {}
    named = annotations.get(MIGRATION_MANAGER)
    return (*PREDECESSORS, named) if isinstance(named, str) and named else PREDECESSORS


def is_ours(entry: dict[str, Any], predecessors: Sequence[str] = PREDECESSORS) -> bool:
    """Tell whether a ``managedFields`` entry is Tenter's or a predecessor's, of the object itself.

    An entry of a subresource (``status``, ``scale``) never is: nobody writes those from Git.
    """
    manager = entry.get("manager")
    return not entry.get("subresource") and (manager == TENTER or manager in predecessors)


def written_fields(entry: dict[str, Any], live: Manifest) -> FieldTree:
    """Return the fields of an entry of ours that a person wrote, without the server's defaults.

    An apply's entry holds nothing else. One of another request holds defaults as well: the
    last-applied annotation tells which fields were written, and without it only entries of
    free-form maps (labels, data) are certain to have been.
    """
    tree: FieldTree = entry.get("fieldsV1") or {}
    if entry.get("operation") == "Apply":
        return tree
    last = last_applied(live)
    return restricted(tree, last) if last is not None else written_by_hand(tree)


def last_applied(live: Manifest) -> Manifest | None:
    """Return the object in the last-applied annotation, None where there is none to be read."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(LAST_APPLIED)
    if not isinstance(text, str):
        return None
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def managed_by(entries: Iterable[Any], managers: Sequence[str]) -> FieldTree:
    """Return the fields that any of ``managers`` owns, subresources among them."""
    found: FieldTree = {}
    for entry in entries:
        if entry.get("manager") in managers:
            found = union(found, entry.get("fieldsV1") or {})
    return found


def _is_own_apply(entry: dict[str, Any]) -> bool:
    return (
        entry.get("manager") == TENTER
        and entry.get("operation") == "Apply"
        and not entry.get("subresource")
    )
