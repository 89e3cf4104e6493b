"""Differences that an Application wants left alone: its ``spec.ignoreDifferences``.

What a rule names is taken out of target and live alike before they are compared; with the sync
option ``RespectIgnoreDifferences`` a sync sends live's value in its place.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tenter.diff.field_trees import LEAF, FieldTree, matches
from tenter.diff.ownership import managed_by
from tenter.errors import OptionError
from tenter.manifests import Key, Manifest

_TEXTS = ("group", "kind", "name", "namespace")
_LISTS = ("jsonPointers", "managedFieldsManagers", "jqPathExpressions")


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields of which objects are ignored. ``group`` and ``kind`` may hold wildcards.

    An empty ``name`` or ``namespace`` is any. ``pointers`` are JSON pointers (RFC 6901),
    ``managers`` field managers whose fields are ignored.
    """

    group: str = ""
    kind: str
    name: str = ""
    namespace: str = ""
    pointers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def covers(self, key: Key) -> bool:
        """Tell whether the rule is about the object ``key``."""
        return (
            fnmatch.fnmatchcase(key.group, self.group)
            and fnmatch.fnmatchcase(key.kind, self.kind)
            and self.name in {"", key.name}
            and self.namespace in {"", key.namespace}
        )


class Ignored(msgspec.Struct, frozen=True):
    """What is ignored of one object; false where nothing is."""

    pointers: tuple[tuple[str, ...], ...] = ()
    managers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers or self.managers)


NOTHING = Ignored()


def read_ignore_rules(entries: Any) -> tuple[tuple[IgnoreRule, ...], tuple[str, ...]]:
    """Return the rules of an Application's ``ignoreDifferences``, and what of it has no effect.

    Raises ``OptionError`` for entries that cannot be read.
    """
    if not isinstance(entries, list):
        raise OptionError("spec.ignoreDifferences must be a list of rules, each with a kind")
    rules, notices = [], []
    for number, entry in enumerate(entries):
        where = f"spec.ignoreDifferences[{number}]"
        if not isinstance(entry, dict) or not entry.get("kind"):
            raise OptionError(f"{where} must be a mapping with a kind")
        for field in _TEXTS:
            if not isinstance(entry.get(field, ""), str):
                raise OptionError(f"{where}.{field} must be a text")
        for field in _LISTS:
            values = entry.get(field) or []
            if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
                raise OptionError(f"{where}.{field} must be a list of texts")
        pointers = tuple(entry.get("jsonPointers") or ())
        for pointer in pointers:
            if not pointer.startswith("/"):
                raise OptionError(
                    f'{where}.jsonPointers: "{pointer}" does not begin with /. Write it as '
                    "/spec/replicas"
                )
        if entry.get("jqPathExpressions"):
            notices.append(f"{where}.jqPathExpressions is not considered yet; use jsonPointers")
        rules.append(
            IgnoreRule(
                group=entry.get("group", ""),
                kind=entry["kind"],
                name=entry.get("name", ""),
                namespace=entry.get("namespace", ""),
                pointers=pointers,
                managers=tuple(entry.get("managedFieldsManagers") or ()),
            )
        )
    return tuple(rules), tuple(notices)


def ignored_of(rules: Iterable[IgnoreRule], key: Key) -> Ignored:
    """Return what the rules together ignore of the object ``key``."""
    pointers: dict[tuple[str, ...], None] = {}
    managers: dict[str, None] = {}
    for rule in rules:
        if rule.covers(key):
            pointers.update((_steps(pointer), None) for pointer in rule.pointers)
            managers.update(dict.fromkeys(rule.managers))
    return Ignored(tuple(pointers), tuple(managers))


def without_ignored(obj: Manifest, ignored: Ignored, entries: Sequence[Any] | None) -> Manifest:
    """Return ``obj`` without what is ignored; ``entries`` are live's ``managedFields``."""
    for pointer in ignored.pointers:
        obj = _without_place(obj, pointer)
    if ignored.managers and entries:
        obj = _without_tree(obj, managed_by(entries, ignored.managers))
    return obj


def with_live_values(
    target: Manifest, live: Manifest, ignored: Ignored, entries: Sequence[Any] | None
) -> Manifest:
    """Return ``target`` with live's values in the places that are ignored.

    A field that live does not have is left out: whoever removed it wanted that.
    """
    for pointer in ignored.pointers:
        target = _taken_place(target, live, pointer)
    if ignored.managers and entries:
        target = _taken_tree(target, live, managed_by(entries, ignored.managers))
    return target


# Places


def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(
        step.replace("~1", "/").replace("~0", "~") for step in pointer.removeprefix("/").split("/")
    )


def _at(value: Any, step: str) -> Any:
    """Return what is under ``step`` in ``value``, None where nothing is."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None


def _put(value: Any, step: str, item: Any) -> Any:
    """Return ``value`` with ``item`` under ``step``; None takes it out."""
    if isinstance(value, dict):
        rest = {name: each for name, each in value.items() if name != step}
        return rest if item is None else {**value, step: item}
    place = int(step)
    return [*value[:place], *([] if item is None else [item]), *value[place + 1 :]]


def _without_place(value: Any, pointer: tuple[str, ...]) -> Any:
    step, rest = pointer[0], pointer[1:]
    below = _at(value, step)
    if below is None and not (isinstance(value, dict) and step in value):
        return value
    return _put(value, step, _without_place(below, rest) if rest else None)


def _taken_place(target: Any, live: Any, pointer: tuple[str, ...]) -> Any:
    step, rest = pointer[0], pointer[1:]
    mine, theirs = _at(target, step), _at(live, step)
    if not rest:
        if isinstance(target, dict) or mine is not None:
            return _put(target, step, theirs)
        return target
    if mine is None:
        return target  # nothing of the target is there, so nothing of it needs to yield
    return _put(target, step, _taken_place(mine, theirs, rest))


# Trees of owned fields


def _without_tree(value: Any, tree: FieldTree) -> Any:
    if isinstance(value, dict):
        kept = {}
        for name, item in value.items():
            node = tree.get(f"f:{name}")
            if node is None:
                kept[name] = item
            elif node:
                kept[name] = _without_tree(item, node)
        return kept
    if isinstance(value, list):
        items = []
        for item in value:
            node = _node_of(tree, item)
            # An item that others own as well keeps what names it, or the lists would not match.
            items.append(item if node is None else _without_tree(item, _named(node)))
        return items
    return value


def _taken_tree(target: Any, live: Any, tree: FieldTree) -> Any:
    if isinstance(target, dict) and isinstance(live, dict):
        taken = dict(target)
        for element, node in tree.items():
            name = element[2:]
            if not element.startswith("f:") or name not in taken:
                continue
            if node and name in live:
                taken[name] = _taken_tree(taken[name], live[name], node)
            elif name in live:
                taken[name] = live[name]
            else:
                del taken[name]
        return taken
    if isinstance(target, list) and isinstance(live, list):
        items = []
        for item in target:
            node = _node_of(tree, item)
            named = next((e for e in tree if tree[e] is node), "")
            found = next((each for each in live if named and matches(named, each)), None)
            if node is None or found is None:
                items.append(item)
            else:
                items.append(_taken_tree(item, found, _named(node)))
        return items
    return target


def _node_of(tree: FieldTree, item: Any) -> FieldTree | None:
    return next((tree[e] for e in tree if e[:2] == "k:" and matches(e, item)), None)


def _named(node: FieldTree) -> FieldTree:
    """Return the tree of a list item without the field that names it."""
    return {element: below for element, below in node.items() if element != "f:name"} or {".": LEAF}
