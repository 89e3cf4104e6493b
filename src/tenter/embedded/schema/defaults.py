"""What the API server fills in where a manifest is silent.

What is filled in is said elsewhere: in ``silence`` for the built-in kinds, in a CRD's schema for
custom ones. Here it is worked out once for each type which places need a look, so that an object
without defaults costs nothing and no part of an object is copied in vain.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from tenter.embedded.schema.quantities import canonical
from tenter.embedded.schema.silence import CONSTANTS, RULES
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

_Fill: TypeAlias = Callable[[Any], Any]


def default(obj: Manifest, type_: StructType) -> Manifest:
    """Return ``obj`` with its defaults filled in, and its quantities in canonical form.

    ``obj`` itself is not changed; parts without new defaults are shared. A Secret's ``stringData``
    moves into ``data``. The selector and labels of a new Job come from its uid, so the server
    gives ``metadata.uid`` first.
    """
    fill = _filling(type_)
    filled: Manifest = fill(obj) if fill else obj
    return filled


def _filling(type_: Type) -> _Fill | None:
    """Return what fills in a value of ``type_``, None where there is nothing to fill in."""
    if type_.filling is msgspec.UNSET:
        # Types that contain themselves are only schemas of schemas, which have no defaults.
        type_.filling = None
        type_.filling = _work_out(type_)
    fill: _Fill | None = type_.filling
    return fill


def _work_out(type_: Type) -> _Fill | None:
    match type_.shape:
        case Shape.QUANTITY:
            return canonical
        case Shape.LIST | Shape.MAP if type_.element is not None:
            below = _filling(type_.element)
            if below is None:
                return None
            return _list_filling(below) if type_.shape is Shape.LIST else _map_filling(below)
        case Shape.OBJECT:
            return _object_filling(type_)
    return None


def _list_filling(fill: _Fill) -> _Fill:
    def fill_list(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        items = [fill(item) for item in value]
        unchanged = all(new is old for new, old in zip(items, value, strict=True))
        return value if unchanged else items

    return fill_list


def _map_filling(fill: _Fill) -> _Fill:
    def fill_map(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        entries = {name: fill(item) for name, item in value.items()}
        unchanged = all(entries[name] is item for name, item in value.items())
        return value if unchanged else entries

    return fill_map


def _object_filling(type_: Type) -> _Fill | None:
    constants = list(CONSTANTS.get(type_.name, {}).items()) if type_.built_in else []
    constants += [
        (name, field.default)
        for name, field in type_.fields.items()
        if field.default is not msgspec.UNSET
    ]
    if type_.built_in:
        constants += [
            (name, field.standing)
            for name, field in type_.fields.items()
            if field.standing is not msgspec.UNSET
        ]
    rule = RULES.get(type_.name) if type_.built_in else None
    fields = [
        (name, fill)
        for name, field in type_.fields.items()
        if (fill := _filling(field)) is not None
    ]
    if not constants and rule is None and not fields:
        return None

    def fill_object(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        out = value
        for name, constant in constants:
            if name not in out:
                if out is value:
                    out = dict(value)
                # A container is copied: the object that gets it may be changed by its owner.
                out[name] = (
                    copy.deepcopy(constant) if isinstance(constant, (dict, list)) else constant
                )
        if rule is not None:
            more = rule(out)
            if more:
                out = {k: item for k, item in {**out, **more}.items() if item is not None}
        for name, fill in fields:
            item = out.get(name)
            if item is None:
                continue
            new = fill(item)
            if new is not item:
                if out is value:
                    out = dict(value)
                out[name] = new
        return out

    return fill_object
