"""Trees of owned fields: the content of ``managedFields`` entries, as plain nested mappings.

A tree is FieldsV1 as the API server writes it: ``f:name`` is a field, ``k:{...}`` an item of a
list with keys, ``v:...`` a member of a set, ``.`` the node itself. A node without children is a
leaf: a scalar, or a list or map that is owned as a whole. Source: Kubernetes API reference,
FieldsV1. Trees are values: nothing here changes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

FieldTree: TypeAlias = dict[str, Any]

LEAF: FieldTree = {}
_FREE_FORM = frozenset(
    (
        "annotations",
        "binaryData",
        "data",
        "labels",
        "matchLabels",
        "nodeSelector",
        "selector",
        "stringData",
    )
)
"""Maps whose entries only a person names; the server adds none by default."""


def union(one: FieldTree, other: FieldTree) -> FieldTree:
    """Return the fields of both trees."""
    if one is other or not other:
        return one
    if not one:
        return other
    joined = dict(one)
    for element, node in other.items():
        mine = joined.get(element)
        joined[element] = node if mine is None else _joined(mine, node)
    return joined


def _joined(one: FieldTree, other: FieldTree) -> FieldTree:
    if one == other:
        return one
    if not one or not other:
        # A leaf says that the node itself is owned; beside children that is written as ".".
        return {".": LEAF, **(one or other)}
    return union(one, other)


def restricted(tree: FieldTree, value: Any) -> FieldTree:
    """Return the part of ``tree`` that ``value`` names as well.

    ``value`` is an object as a person wrote it, so that what remains is what was written, without
    the defaults that the server put beside it.
    """
    kept: FieldTree = {}
    for element, node in tree.items():
        if element == ".":
            kept["."] = LEAF
        elif element.startswith("f:"):
            name = element[2:]
            if isinstance(value, dict) and name in value:
                below = restricted(node, value[name]) if node else LEAF
                if below or not node:
                    kept[element] = below
        elif isinstance(value, list):
            item = next((item for item in value if matches(element, item)), None)
            if item is not None:
                kept[element] = restricted(node, item)
    return kept


def written_by_hand(tree: FieldTree, *, free: bool = False) -> FieldTree:
    """Return the part of ``tree`` that no default can have made: entries of free-form maps.

    For what was created or replaced as a whole, where nothing says which fields were written.
    """
    kept: FieldTree = {}
    for element, node in tree.items():
        name = element[2:]
        if free:
            if not (name.startswith("kubernetes.io/") or element == "."):
                kept[element] = node
        elif node:
            below = written_by_hand(node, free=element[:2] == "f:" and name in _FREE_FORM)
            if below:
                kept[element] = below
    return kept


def matches(element: str, item: Any) -> bool:
    """Tell whether a list's ``item`` is the one that ``element`` (``k:...`` or ``v:...``) names.

    A key that the item leaves out counts as its default where Kubernetes has one (``protocol``).
    """
    if element.startswith("v:"):
        return bool(_decoded(element) == item)
    if not isinstance(item, dict) or not element.startswith("k:"):
        return False
    return all(
        item.get(field, DEFAULT_KEYS.get(field)) == value
        for field, value in _decoded(element).items()
    )


DEFAULT_KEYS = {"protocol": "TCP"}
"""What the server puts where a merge key is left out (the schemas of ports)."""

_known: dict[str, Any] = {}


def _decoded(element: str) -> Any:
    found = _known.get(element)
    if found is None:
        if len(_known) > 10_000:
            _known.clear()
        found = _known[element] = msgspec.json.decode(element[2:])
    return found


def items_of(tree: FieldTree) -> Iterator[str]:
    """Yield the elements of list items and set members in ``tree``."""
    return (element for element in tree if element[:2] in ("k:", "v:"))
