"""The fields an object has, and those that changed between two states of it.

The rules are those of the structured-merge-diff specification (KEP-555): a leaf is owned as one; a
keyed item is a member itself; whoever adds a struct or map that was not there owns it as well, but
not the structs that stand in every object of the kind (``Type.by_value``).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from tenter.embedded.fields.elements import child_type, elements, granular, item_element, keyed
from tenter.embedded.fields.sets import MEMBER, FieldSet, union
from tenter.embedded.schema import Shape, Type
from tenter.manifests import Manifest

_IDENTITY = frozenset(("apiVersion", "kind", "metadata"))
_SPEC = _IDENTITY | {"status"}
_SYSTEM = frozenset(
    (
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    )
)
_NONE: frozenset[str] = frozenset()


class Comparison(msgspec.Struct, frozen=True):
    """What changed: paths that are new, that have another value, and that are gone."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet

    @property
    def written(self) -> FieldSet:
        """The paths a writer made or changed."""
        return union(self.modified, self.added)

    def __bool__(self) -> bool:
        return bool(self.added or self.modified or self.removed)


def applied_set(obj: Manifest, type_: Type) -> FieldSet:
    """Return the paths that an applied configuration states.

    Raises ``TypedPatchError`` for a keyed item without its key.
    """
    stated = _stated(obj, type_, _IDENTITY)
    metadata = _stated(obj.get("metadata") or {}, type_.fields["metadata"], _SYSTEM)
    if metadata:
        stated["f:metadata"] = metadata
    return stated


def _stated(value: dict[str, Any], type_: Type, skip: frozenset[str]) -> FieldSet:
    out: FieldSet = {}
    declared = type_.fields if type_.shape is Shape.OBJECT else {}
    for name, item in value.items():
        if name in skip:
            continue
        sub = declared.get(name) or child_type(type_, name)
        if granular(item, sub):
            if not item:
                out["f:" + name] = MEMBER
                continue
            node = _stated(item, sub, _NONE)
            if name not in declared:
                node = {".": {}, **node} if node else MEMBER
            elif not node:
                continue
            out["f:" + name] = node
        elif keyed(item, sub):
            items = {}
            for entry in item:
                items[item_element(entry, sub)] = _stated_item(entry, sub)
            if items:
                out["f:" + name] = items
        else:
            out["f:" + name] = MEMBER
    return out


def _stated_item(entry: Any, type_: Type) -> FieldSet:
    element = type_.element
    if element is None or not granular(entry, element):
        return MEMBER
    below = _stated(entry, element, _NONE)
    return {".": {}, **below} if below else MEMBER


def compare(
    old: Manifest, new: Manifest, type_: Type, *, without_status: bool = False
) -> Comparison:
    """Return what changed from ``old`` to ``new``; identity and system metadata do not count."""
    sets: _Sets = ({}, {}, {})
    _mapping(old, new, type_, _SPEC if without_status else _IDENTITY, sets)
    before, after = old.get("metadata") or {}, new.get("metadata") or {}
    metadata: _Sets = ({}, {}, {})
    _mapping(before, after, type_.fields["metadata"], _SYSTEM, metadata)
    for whole, part in zip(sets, metadata, strict=True):
        if part:
            whole["f:metadata"] = part
    return Comparison(*sets)


_Sets: TypeAlias = tuple[FieldSet, FieldSet, FieldSet]


def _mapping(
    old: dict[str, Any], new: dict[str, Any], type_: Type, skip: frozenset[str], sets: _Sets
) -> None:
    added, _, removed = sets
    for name, value in new.items():
        if name in skip:
            continue
        before = old.get(name, msgspec.UNSET)
        if before is value:
            continue
        sub = child_type(type_, name)
        if before is msgspec.UNSET:
            if value is None and sub.built_in:
                continue  # an empty time, which is in every object of its kind
            before = sub.standing
            if before is msgspec.UNSET:
                added["f:" + name] = _everything(value, sub)
                continue
        if before == value:
            continue
        _changed("f:" + name, before, value, sub, sets)
    for name, before in old.items():
        if name in new or name in skip:
            continue
        sub = child_type(type_, name)
        if sub.by_value:
            _changed("f:" + name, before, sub.standing, sub, sets)
        else:
            removed["f:" + name] = _everything(before, sub)


def _changed(path: str, old: Any, new: Any, type_: Type, sets: _Sets) -> None:
    below: _Sets = ({}, {}, {})
    if type_.by_value:
        # A list that stands there and holds nothing is null.
        old, new = _filled(old, new), _filled(new, old)
    if granular(old, type_) and granular(new, type_) and (old or new):
        _mapping(old, new, type_, _NONE, below)
    elif keyed(old, type_) and keyed(new, type_):
        _items(elements(old, type_), elements(new, type_), type_, below)
    elif old != new:
        sets[1][path] = MEMBER
        return
    for whole, part in zip(sets, below, strict=True):
        if part:
            whole[path] = part


def _filled(value: Any, other: Any) -> Any:
    return type(other)() if value is None and isinstance(other, (list, dict)) else value


def _items(old: dict[str, list[Any]], new: dict[str, list[Any]], type_: Type, sets: _Sets) -> None:
    added, modified, removed = sets
    element = type_.element
    if element is None:
        return
    for key in {**old, **new}:
        match old.get(key, []), new.get(key, []):
            case [], [value]:
                added[key] = _everything(value, element)
            case [before], []:
                removed[key] = _everything(before, element)
            case [before], [value]:
                if before != value:
                    _changed(key, before, value, element, sets)
            case before, after if len(before) > 1 and len(after) > 1:
                # What is there more than once is owned as one value.
                if before != after:
                    modified[key] = MEMBER
            case before, [*after] if len(before) > 1:
                removed[key] = MEMBER
                if after:
                    added[key] = _everything(after[0], element)
            case before, _:
                added[key] = MEMBER
                if before:
                    removed[key] = _everything(before[0], element)


def _everything(value: Any, type_: Type) -> FieldSet:
    """Return the node of a value that was not there before: it and all below it are members."""
    if granular(value, type_):
        node = {
            "f:" + name: _everything(item, child_type(type_, name)) for name, item in value.items()
        }
    elif keyed(value, type_) and type_.element is not None:
        element = type_.element
        node = {
            key: _everything(items[0], element) if len(items) == 1 else MEMBER
            for key, items in elements(value, type_).items()
        }
    else:
        return MEMBER
    return {".": {}, **node} if node else MEMBER
