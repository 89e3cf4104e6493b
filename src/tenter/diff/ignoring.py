"""Leaves differences alone that an Application wants left alone: its ``spec.ignoreDifferences``.

What a rule names is taken out of target and live alike before they are compared; with the sync
option ``RespectIgnoreDifferences`` a sync sends live's value in its place. Where a jq expression
points in an object is asked of whoever runs jq (``Paths``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from tenter.diff.field_trees import LEAF, FieldTree, matches
from tenter.diff.ignore_rules import IgnoreRule
from tenter.diff.ownership import managed_by
from tenter.errors import OptionError
from tenter.manifests import Key, Manifest

Path: TypeAlias = tuple[str | int, ...]
"""A place in an object: names of fields and numbers of list items."""


class Paths(Protocol):
    """Runs jq path expressions, in this process or in one that can be killed."""

    async def find(self, expressions: Sequence[str], obj: Manifest) -> tuple[Path, ...]:
        """Return every place in ``obj`` that an expression names.

        One that fails on this object (it walks through what is not there) names none, as in the
        reference. Raises ``OptionError`` for one that is no jq, or takes too much time or memory.
        """
        ...


class Ignored(msgspec.Struct, frozen=True):
    """What is ignored of one object; false where nothing is.

    ``places`` are those that ``expressions`` name in a certain state of it (``located``).
    """

    pointers: tuple[tuple[str, ...], ...] = ()
    managers: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    places: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers or self.managers or self.expressions)


NOTHING = Ignored()


def ignored_of(rules: Iterable[IgnoreRule], key: Key) -> Ignored:
    """Return what the rules together ignore of the object ``key``."""
    pointers: dict[tuple[str, ...], None] = {}
    managers: dict[str, None] = {}
    expressions: dict[str, None] = {}
    for rule in rules:
        if rule.covers(key):
            pointers.update((_steps(pointer), None) for pointer in rule.pointers)
            managers.update(dict.fromkeys(rule.managers))
            expressions.update(dict.fromkeys(rule.expressions))
    return Ignored(tuple(pointers), tuple(managers), tuple(expressions))


async def located(ignored: Ignored, obj: Manifest, paths: Paths | None) -> Ignored:
    """Return ``ignored`` with the places that its expressions name in ``obj``.

    Raises ``OptionError`` where there are expressions and no ``paths``, and as ``Paths.find``.
    """
    if not ignored.expressions:
        return ignored
    if paths is None:
        raise OptionError(
            "ignoreDifferences has jqPathExpressions, and nothing here runs jq. Use jsonPointers"
        )
    found = await paths.find(ignored.expressions, obj)
    # From the last item of a list to the first, so that taking one out moves none of the others.
    order = sorted(dict.fromkeys(found), key=_order, reverse=True)
    return msgspec.structs.replace(ignored, places=tuple(order))


async def check_expressions(rules: Iterable[IgnoreRule], paths: Paths | None) -> None:
    """Raise ``OptionError`` where a jq expression of ``rules`` cannot be run."""
    expressions = dict.fromkeys(each for rule in rules for each in rule.expressions)
    await located(Ignored(expressions=tuple(expressions)), {}, paths)


def without_ignored(obj: Manifest, ignored: Ignored, entries: Sequence[Any] | None) -> Manifest:
    """Return ``obj`` without what is ignored; ``entries`` are live's ``managedFields``.

    Places must be those in ``obj`` (``located``).
    """
    for place in ignored.places:
        obj = _without_place(obj, place) if place else _named_only(obj)
    for pointer in ignored.pointers:
        obj = _without_place(obj, pointer)
    if ignored.managers and entries:
        obj = _without_tree(obj, managed_by(entries, ignored.managers))
    return obj


def with_live_values(
    target: Manifest, live: Manifest, ignored: Ignored, entries: Sequence[Any] | None
) -> Manifest:
    """Return ``target`` with live's values in the places that are ignored.

    A field that live does not have is left out: whoever removed it wanted that. Places must be
    those in ``target`` (``located``).
    """
    for place in ignored.places:
        target = _taken_found(target, live, place) if place else live
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


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in path)


def _named_only(obj: Manifest) -> Manifest:
    """Return an object of which all is ignored: what names it, and nothing else."""
    metadata = obj.get("metadata") or {}
    return {
        **{field: obj[field] for field in ("apiVersion", "kind") if field in obj},
        "metadata": {
            field: metadata[field] for field in ("name", "namespace") if field in metadata
        },
    }


def _at(value: Any, step: str | int) -> Any:
    """Return what is under ``step`` in ``value``, None where nothing is."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and str(step).isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and str(step).isdecimal() and int(step) < len(value)


def _put(value: Any, step: str | int, item: Any) -> Any:
    """Return ``value`` with ``item`` under ``step``; None takes it out."""
    if isinstance(value, dict):
        rest = {name: each for name, each in value.items() if name != step}
        return rest if item is None else {**value, step: item}
    place = int(step)
    return [*value[:place], *([] if item is None else [item]), *value[place + 1 :]]


def _without_place(value: Any, pointer: Path) -> Any:
    step, rest = pointer[0], pointer[1:]
    below = _at(value, step)
    if below is None and not _has(value, step):
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


def _taken_found(target: Any, live: Any, place: Path) -> Any:
    """Return ``target`` with live's value at ``place``, which ``target`` has."""
    step, rest = place[0], place[1:]
    mine = _at(target, step)
    theirs = _counterpart(live, step, mine)
    return _put(target, step, _taken_found(mine, theirs, rest) if rest else theirs)


def _counterpart(live: Any, step: str | int, mine: Any) -> Any:
    """Return what of ``live`` stands for ``mine``, which is under ``step``: by name, in a list."""
    name = mine.get("name") if isinstance(mine, dict) else None
    if isinstance(live, list) and name is not None:
        return next((i for i in live if isinstance(i, dict) and i.get("name") == name), None)
    return _at(live, step)


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
