"""Path elements of FieldsV1: how a field, a keyed list item and a set member are named.

``f:name`` is a field, ``k:{"name":"a"}`` the item of a list with keys, ``v:"a"`` a member of a set.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from tenter.embedded.fields.errors import TypedPatchError
from tenter.embedded.schema import Shape, Type

_encode = msgspec.json.encode

ANYTHING = Type(Shape.ANY)
"""The type of what no schema declares."""


def granular(value: Any, type_: Type) -> bool:
    """Tell whether ``value`` is a mapping whose entries are owned one by one."""
    return isinstance(value, dict) and not type_.atomic


def keyed(value: Any, type_: Type) -> bool:
    """Tell whether ``value`` is a list whose items are owned one by one."""
    return isinstance(value, list) and (bool(type_.keys) or type_.unique)


def child_type(type_: Type, name: str) -> Type:
    """Return the type of the entry ``name`` of a mapping."""
    if type_.shape is Shape.OBJECT:
        return type_.fields.get(name) or ANYTHING
    return type_.element or ANYTHING


@functools.lru_cache(maxsize=4096)
def _single(key: str, text: str) -> str:
    return f"k:{_encode({key: text}).decode()}"


def item_element(item: Any, type_: Type) -> str:
    """Return the path element of ``item`` in a list of type ``type_`` that has keys or is a set.

    Raises ``TypedPatchError`` for an item without its key.
    """
    keys = type_.keys
    if not keys:
        return f"v:{_encode(item).decode()}"
    if not isinstance(item, dict):
        raise TypedPatchError("associative list with keys may not have non-map elements")
    if len(keys) == 1:
        value = item.get(keys[0])
        if isinstance(value, str):
            return _single(keys[0], value)
    found = {}
    for key in sorted(keys):
        value = item.get(key)
        if value is None:
            field = type_.element.fields.get(key) if type_.element else None
            value = field.default if field else msgspec.UNSET
        if value is msgspec.UNSET:
            raise TypedPatchError(
                f"associative list with keys has an element that omits key field {_quoted(key)}"
                " (and doesn't have default value)"
            )
        found[key] = value
    return f"k:{_encode(found).decode()}"


def elements(items: list[Any], type_: Type) -> dict[str, list[Any]]:
    """Return ``items`` by their path elements; several where an element is there more than once.

    Only an apply may not have the same element twice. Items that lack their key are left out: only
    an apply may be refused for them.
    """
    found: dict[str, list[Any]] = {}
    for item in items:
        try:
            found.setdefault(item_element(item, type_), []).append(item)
        except TypedPatchError:
            continue
    return found


def key_text(element: str) -> str:
    """Return an item's or member's element as messages show it: ``[name="a"]``, ``["a"]``."""
    if element[0] == "v":
        return f"[{element[2:]}]"
    fields = msgspec.json.decode(element[2:])
    return "[" + ",".join(f"{key}={_quoted(value)}" for key, value in fields.items()) + "]"


def element_text(element: str) -> str:
    """Return an element as it stands in a path: ``.spec``, ``[name="a"]``, ``[="a"]``."""
    if element[0] == "v":
        return f"[={element[2:]}]"
    return f".{element[2:]}" if element[0] == "f" else key_text(element)


def _quoted(value: Any) -> str:
    return _encode(value).decode()
