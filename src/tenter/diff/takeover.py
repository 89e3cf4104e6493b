"""Takes over the fields that other tools applied, so that one dropped from Git goes.

A server-side apply removes only what the same manager applied before. What kubectl or Argo CD
applied therefore becomes Tenter's own before its first apply, by rewriting ``managedFields``; the
object itself is not changed by that. Source of the way: Kubernetes documentation, "Server-Side
Apply", upgrading from client-side apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.diff.field_trees import FieldTree, restricted, union
from tenter.diff.ownership import PREDECESSORS, TENTER, is_ours, written_fields
from tenter.manifests import Manifest


def taken_over(
    target: Manifest,
    live: Manifest,
    entries: Sequence[Any],
    *,
    predecessors: Sequence[str] = PREDECESSORS,
) -> list[Any] | None:
    """Return ``managedFields`` in which Tenter has taken over from its predecessors.

    What a predecessor holds besides what a person wrote (defaults of the server) is owned by
    nobody afterwards, and stays as it is. Returns None where there is nothing to take over.
    """
    version = live.get("apiVersion")
    kept: list[Any] = []
    tree: FieldTree = {}
    times: list[str] = []
    found = False
    for entry in entries:
        if not is_ours(entry, predecessors):
            kept.append(entry)
            continue
        own = entry.get("manager") == TENTER and entry.get("operation") == "Apply"
        found = found or not own
        if entry.get("apiVersion") != version:
            continue  # its paths may mean something else in this version
        times.append(str(entry.get("time") or ""))
        held = entry.get("fieldsV1") or {}
        tree = union(tree, held if own else written_fields(entry, live))
        if not own:
            tree = union(tree, restricted(held, target))
    if not found or not (tree or kept):
        return None
    if tree:
        kept.append(
            {
                "manager": TENTER,
                "operation": "Apply",
                "apiVersion": version,
                "fieldsType": "FieldsV1",
                "fieldsV1": tree,
                **({"time": max(times)} if max(times) else {}),
            }
        )
    return kept
