"""Sets of field paths, in the very form of FieldsV1: nested mappings.

A node is what stands under one path element. The empty node is a member without anything below it;
a node with ``.`` is a member that has members below; any other is no member itself. The root is
never a member, so the empty root is the empty set. Sets are values: nothing here changes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from tenter.embedded.fields.elements import element_text

FieldSet: TypeAlias = dict[str, Any]

MEMBER: FieldSet = {}
_ALONE = {".": MEMBER}.keys()


def is_member(node: FieldSet | None) -> bool:
    """Tell whether the path of ``node`` itself belongs to the set."""
    return node is not None and (not node or "." in node)


def union(a: FieldSet, b: FieldSet) -> FieldSet:
    """Return the paths of ``a`` and of ``b``."""
    if not a or a is b:
        return b
    if not b:
        return a
    out = dict(a)
    for element, node in b.items():
        mine = out.get(element)
        out[element] = node if mine is None else _join(mine, node)
    return out


def _join(a: FieldSet, b: FieldSet) -> FieldSet:
    if a is b or a == b:
        return a
    if not a:
        return b if "." in b else {".": {}, **b}
    if not b:
        return a if "." in a else {".": {}, **a}
    return union(a, b)


def difference(a: FieldSet, b: FieldSet) -> FieldSet:
    """Return the paths of ``a`` that are not in ``b``."""
    if not b:
        return a
    out: FieldSet = {}
    for element, node in a.items():
        theirs = b.get(element)
        if theirs is None:
            out[element] = node
            continue
        rest = difference(node, theirs) if theirs else {k: v for k, v in node.items() if k != "."}
        if rest.keys() == _ALONE:
            rest = MEMBER
        if rest or (is_member(node) and not is_member(theirs)):
            out[element] = rest
    return out


def intersection(a: FieldSet, b: FieldSet) -> FieldSet:
    """Return the paths that are in both ``a`` and ``b``."""
    out: FieldSet = {}
    for element, node in a.items():
        theirs = b.get(element)
        if theirs is None:
            continue
        below = intersection(node, theirs) if node and theirs else {}
        below.pop(".", None)
        if is_member(node) and is_member(theirs):
            out[element] = {".": {}, **below} if below else {}
        elif below:
            out[element] = below
    return out


def ordered(node: FieldSet) -> FieldSet:
    """Return an equal set whose elements stand in one order, whatever the object's was."""
    return {element: ordered(node[element]) for element in sorted(node)} if node else node


def paths(node: FieldSet, prefix: str = "") -> Iterator[str]:
    """Yield every member as messages show it: ``.spec.containers[name="a"].image``."""
    for element in sorted(node):
        if element == ".":
            continue
        below = node[element]
        path = prefix + element_text(element)
        if is_member(below):
            yield path
        yield from paths(below, path)
