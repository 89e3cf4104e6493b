"""The patch of a client-side apply: from what was applied last, live, and target.

Fields that were applied last and that the target lacks are removed; fields of the target that live
has otherwise are set; all else is left alone. Built-in kinds get a strategic merge patch, whose
lists merge by key; custom resources a JSON merge patch (RFC 7396). Source of the rule: Kubernetes
documentation, "Declarative Management of Kubernetes Objects Using Configuration Files".
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.diff.field_trees import FieldTree, matches, union
from tenter.diff.merge_keys import is_set, merge_key, retains_keys
from tenter.diff.ownership import Ownership, last_applied
from tenter.diff.writing import is_built_in, means_nothing, means_same, same, same_amount
from tenter.manifests import Manifest
from tenter.manifests.masking import LAST_APPLIED


class ClientPatch(msgspec.Struct, frozen=True, eq=False):
    """``body`` is empty where nothing is to be changed; ``strategic`` says which format it is."""

    body: dict[str, Any]
    strategic: bool


def annotated(target: Manifest) -> Manifest:
    """Return ``target`` carrying itself in the last-applied annotation, as kubectl writes it."""
    metadata = target.get("metadata") or {}
    annotations = dict(metadata.get("annotations") or {})
    annotations.pop(LAST_APPLIED, None)
    bare = {**target, "metadata": {**metadata, "annotations": annotations}}
    text = msgspec.json.encode(bare, order="deterministic").decode() + "\n"
    return {**target, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: text}}}


def client_patch(target: Manifest, live: Manifest, ownership: Ownership) -> ClientPatch:
    """Return the patch that brings ``live`` to ``target`` and notes it as applied last.

    Where live has no last-applied annotation, what Tenter and its predecessors own of it by
    server-side apply stands in for it, so that a change of mode forgets nothing.
    """
    last = last_applied(live)
    if last is None:
        ours = union(ownership.applied, ownership.inherited)
        last = _extracted(live, ours) if ours else {}
    strategic = is_built_in(target)
    differ = _Patch(str(target.get("kind")), strategic=strategic)
    body = differ.mapping(_comparable(last), _comparable(live), _comparable(annotated(target)))
    return ClientPatch(body, strategic)


def _comparable(obj: Manifest) -> Manifest:
    return {name: value for name, value in obj.items() if name not in ("status", "apiVersion")}


def _extracted(value: Any, tree: FieldTree) -> Any:
    """Return the part of ``value`` that ``tree`` owns."""
    if not tree or not isinstance(value, dict | list):
        return value
    if isinstance(value, dict):
        return {
            name: _extracted(item, tree[f"f:{name}"])
            for name, item in value.items()
            if f"f:{name}" in tree
        }
    elements = [element for element in tree if element[:2] in ("k:", "v:")]
    if not elements:
        return value
    return [
        _extracted(item, tree[element])
        for item in value
        for element in elements
        if matches(element, item)
    ]


class _Patch:
    """Makes one patch, of an object of ``kind``."""

    def __init__(self, kind: str, *, strategic: bool) -> None:
        self._kind = kind
        self._strategic = strategic

    def mapping(
        self,
        last: dict[str, Any],
        live: dict[str, Any],
        target: dict[str, Any],
        field: str = "",
        parent: str = "",
    ) -> dict[str, Any]:
        """Return the patch of the mapping in ``field``; empty where nothing changes.

        ``parent`` is the field that ``field`` stands in; both are empty at the root.
        """
        patch: dict[str, Any] = {}
        for name, wanted in target.items():
            if wanted is None:
                if live.get(name) is not None:
                    patch[name] = None
            elif name not in live:
                if wanted not in ([], {}) or not self._strategic:
                    patch[name] = wanted
            else:
                patch.update(self._field(name, last.get(name), live[name], wanted, field))
        patch.update((name, None) for name in last if name not in target and name in live)
        if patch and self._strategic and retains_keys(self._kind, parent, field):
            patch["$retainKeys"] = [name for name, value in target.items() if value is not None]
        return patch

    def _field(self, name: str, last: Any, live: Any, wanted: Any, parent: str) -> dict[str, Any]:
        if same(live, wanted) or (self._strategic and self._means_same(name, live, wanted, parent)):
            return {}
        if isinstance(wanted, dict) and isinstance(live, dict):
            below = self.mapping(last if isinstance(last, dict) else {}, live, wanted, name, parent)
            return {name: below} if below else {}
        if self._strategic and isinstance(wanted, list) and isinstance(live, list):
            before = last if isinstance(last, list) else []
            if is_set(parent, name):
                return self._set(name, before, live, wanted)
            key = merge_key(self._kind, parent, name)
            if key:
                return self._items(name, before, live, wanted, parent=parent, key=key)
        return {name: wanted}

    def _means_same(self, name: str, live: Any, wanted: Any, parent: str) -> bool:
        if means_nothing(name, wanted) and means_nothing(name, live):
            return True
        if isinstance(wanted, list) and not merge_key(self._kind, parent, name):
            return means_same(parent, name, wanted, live)
        return same_amount(parent, name, wanted, live)

    def _set(
        self, name: str, last: list[Any], live: list[Any], wanted: list[Any]
    ) -> dict[str, Any]:
        patch: dict[str, Any] = {}
        added = [item for item in wanted if item not in live]
        gone = [item for item in last if item not in wanted and item in live]
        if added:
            patch[name] = added
        if gone:
            patch[f"$deleteFromPrimitiveList/{name}"] = gone
        return patch

    def _items(
        self,
        name: str,
        last: list[Any],
        live: list[Any],
        wanted: list[Any],
        *,
        parent: str,
        key: str,
    ) -> dict[str, Any]:
        mine, theirs, before = (_by_key(items, key) for items in (wanted, live, last))
        if mine is None or theirs is None:
            # Two items of one key (a port over TCP and UDP): merging by key would lose one.
            return {name: [{"$patch": "replace"}, *wanted]}
        items = []
        for value, item in mine.items():
            if value not in theirs:
                items.append(item)
                continue
            below = self.mapping((before or {}).get(value) or {}, theirs[value], item, name, parent)
            if below:
                items.append({key: value, **below})
        items += [
            {"$patch": "delete", key: value}
            for value in before or {}
            if value not in mine and value in theirs
        ]
        ordered = [value for value in theirs if value in mine] == list(mine)
        if not items and ordered:
            return {}
        order = {f"$setElementOrder/{name}": [{key: value} for value in mine]}
        return {**order, name: items} if items else order


def _by_key(items: list[Any], key: str) -> dict[Any, dict[str, Any]] | None:
    """Return the items by their key, None where one has none or two have the same."""
    found: dict[Any, dict[str, Any]] = {}
    for item in items:
        value = item.get(key) if isinstance(item, dict) else None
        if not isinstance(value, str | int) or value in found:
            return None
        found[value] = item
    return found
