"""Whether an applied configuration is of its type, in the words of server-side apply.

Apply is stricter than decoding: what the schema does not declare is an error, whatever field
validation was asked for.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.embedded.fields.elements import (
    element_text,
    item_element,
    key_text,
    keyed,
)
from tenter.embedded.fields.errors import TypedPatchError
from tenter.embedded.schema import Shape, Type

_EXPECTED: dict[Shape, tuple[tuple[type, ...], str]] = {
    Shape.OBJECT: ((dict,), "map"),
    Shape.MAP: ((dict,), "map"),
    Shape.LIST: ((list,), "list"),
    Shape.STRING: ((str,), "string"),
    Shape.INTEGER: ((int, float), "numeric (int or float)"),
    Shape.NUMBER: ((int, float), "numeric (int or float)"),
    Shape.BOOLEAN: ((bool,), "boolean"),
}


def typed_errors(obj: dict[str, Any], type_: Type) -> list[str]:
    """Return what is wrong, as ``.path: message``, in the object's order; empty for nothing."""
    found: list[str] = []
    _mapping(obj, type_, "", found)
    return found


def _check(value: Any, type_: Type, path: str, found: list[str]) -> None:
    if value is None:
        return
    expected = _EXPECTED.get(type_.shape)
    if expected is not None and (
        not isinstance(value, expected[0])
        or (isinstance(value, bool) and type_.shape is not Shape.BOOLEAN)
    ):
        found.append(f"{path}: expected {expected[1]}, got {_seen(value)}")
    elif isinstance(value, dict):
        _mapping(value, type_, path, found)
    elif isinstance(value, list):
        _items(value, type_, path, found)


def _mapping(value: dict[str, Any], type_: Type, path: str, found: list[str]) -> None:
    if type_.shape is Shape.MAP and type_.element is not None:
        element = type_.element
        for name, item in value.items():
            if item.__class__ is not str or element.shape is not Shape.STRING:
                _check(item, element, f"{path}.{name}", found)
        return
    if type_.shape is not Shape.OBJECT:
        return
    fields = type_.fields
    for name, item in value.items():
        sub = fields.get(name)
        if sub is None:
            if not type_.open:
                found.append(f"{path}.{name}: field not declared in schema")
        elif item.__class__ is not str or sub.shape is not Shape.STRING:
            _check(item, sub, f"{path}.{name}", found)


def _items(value: list[Any], type_: Type, path: str, found: list[str]) -> None:
    element = type_.element
    if element is None:
        return
    if not keyed(value, type_):
        for index, item in enumerate(value):
            _check(item, element, f"{path}[{index}]", found)
        return
    seen: set[str] = set()
    told: set[str] = set()
    for index, item in enumerate(value):
        try:
            key = item_element(item, type_)
        except TypedPatchError as error:
            found.append(f"{path}: element {index}: {error}")
            continue
        if key in seen and key not in told:
            told.add(key)
            what = f"key {key_text(key)}" if type_.keys else f"value {key[2:]}"
            found.append(f"{path}: duplicate entries for {what}")
        seen.add(key)
        _check(item, element, path + element_text(key), found)


def _seen(value: Any) -> str:
    """Return ``value`` as structured-merge-diff shows what it met."""
    return f"&value.valueUnstructured{{Value:{msgspec.json.encode(value).decode()}}}"
