"""Which fields of an object its type does not declare, and the object without them.

Both walk the object once and copy nothing that stays as it is, for every write comes through here.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.types import Empty, Shape, Type
from tenter.manifests import Manifest

_DROPPED = Empty.DROPPED
_OBJECT, _MAP, _LIST = Shape.OBJECT, Shape.MAP, Shape.LIST
_STRUCTURED = frozenset((Shape.OBJECT, Shape.MAP, Shape.LIST))


def unknown_fields(obj: Manifest, type_: Type) -> list[str]:
    """Return the paths that ``type_`` does not declare, in the object's order.

    Paths read as ``spec.template.spec.containers[0].foo``. They are the
    ``unknown field "..."`` of field validation.
    """
    found: list[str] = []
    _collect(obj, type_, "", found)
    return found


def _collect(value: Any, type_: Type, path: str, found: list[str]) -> None:
    shape = type_.shape
    if shape is _OBJECT:
        if not isinstance(value, dict):
            return
        fields = type_.fields
        for name, item in value.items():
            sub = fields.get(name)
            if sub is None:
                if not type_.open:
                    found.append(f"{path}.{name}" if path else name)
            elif sub.shape in _STRUCTURED:
                _collect(item, sub, f"{path}.{name}" if path else name, found)
    elif shape is _LIST:
        element = type_.element
        if element is None or element.shape not in _STRUCTURED or not isinstance(value, list):
            return
        for index, item in enumerate(value):
            _collect(item, element, f"{path}[{index}]", found)
    elif shape is _MAP:
        element = type_.element
        if element is None or element.shape not in _STRUCTURED or not isinstance(value, dict):
            return
        for name, item in value.items():
            _collect(item, element, f"{path}.{name}", found)


def prune(obj: Manifest, type_: Type) -> Manifest:
    """Return ``obj`` as the server stores it: without undeclared fields, nulls and empty rests.

    Built-in kinds lose what Go leaves out as empty too (``Type.empty``), and have null values of
    text maps and lists as empty texts, as when Kubernetes decodes them. A custom kind's nulls go
    where the schema does not allow them. Parts that need no change are shared with ``obj``, which
    is left as it is; an object that needs none is returned itself.
    """
    pruned: Manifest = _prune(obj, type_)
    return pruned


def _prune(value: Any, type_: Type) -> Any:
    shape = type_.shape
    if shape is _OBJECT:
        return _prune_object(value, type_) if isinstance(value, dict) else value
    element = type_.element
    if element is None:
        return value
    if shape is _LIST:
        if not isinstance(value, list):
            return value
        if type_.built_in and None in value:
            value = [_nothing(element) if item is None else item for item in value]
        if element.shape not in _STRUCTURED:
            return value
        items = [_prune(item, element) for item in value]
        unchanged = all(new is old for new, old in zip(items, value, strict=True))
        return value if unchanged else items
    if not isinstance(value, dict):
        return value
    if None in value.values():
        value = _without_nulls(value, element)
    if element.shape not in _STRUCTURED:
        return value
    out = value
    for name, item in value.items():
        new = _prune(item, element)
        if new is not item:
            if out is value:
                out = dict(value)
            out[name] = new
    return out


def _without_nulls(value: dict[str, Any], element: Type) -> dict[str, Any]:
    if not element.built_in and not element.nullable:
        return {name: item for name, item in value.items() if item is not None}
    if element.built_in and element.shape is Shape.STRING:
        return {name: "" if item is None else item for name, item in value.items()}
    return value


def _nothing(type_: Type) -> Any:
    """Return what Kubernetes decodes a null in a list to."""
    if type_.shape is _OBJECT:
        return {}
    return "" if type_.shape is Shape.STRING else None


def _prune_object(value: dict[str, Any], type_: Type) -> dict[str, Any]:
    out = value
    fields = type_.fields
    for name, item in value.items():
        sub = fields.get(name)
        if sub is None:
            if type_.open:
                continue
            gone = True
        elif item is None:
            gone = sub.built_in or not sub.nullable
        elif sub.shape in _STRUCTURED:
            new = _prune(item, sub)
            gone = not new and sub.built_in and sub.shape is not _OBJECT
            if new is not item and not gone:
                if out is value:
                    out = dict(value)
                out[name] = new
        elif item or sub.empty is not _DROPPED:
            continue
        else:
            gone = True
        if gone:
            if out is value:
                out = dict(value)
            del out[name]
    return out
