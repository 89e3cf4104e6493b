"""Random objects of a covered kind, and random changes of them in each form that a patch has.

What may stand where, the coverage list says. An object is drawn good; ``spoiled`` then puts one
fault into it, so that what is refused is refused for one reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

from conformance.io_coverage import CoveredKind, Place

_STRAYS = st.sampled_from(["text", 7, -1, 1.5, True, [], {}, ["text"], {"a": "b"}])
"""Values that most places cannot hold."""
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
_MOST_FIELDS = 4
"""Optional fields of one place: in a few of many fields, a difference is easy to find."""


def object_of(draw: Draw, kind: CoveredKind, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a good object of ``kind``, with ``metadata`` among its own."""
    content = _value(draw, kind.content)
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        **content,
        "metadata": {**content.get("metadata", {}), **metadata},
    }


def spoiled(draw: Draw, place: Place, value: Any) -> Any:
    """Return ``value`` with one fault somewhere in it."""
    inner = _inner(place, value)
    if inner and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(inner, key=str)))
        changed = value.copy()
        changed[name] = spoiled(draw, inner[name], value[name])
        return changed
    return _fault(draw, place, value)


def _inner(place: Place, value: Any) -> dict[Any, Place]:
    """Return what of ``value`` may be looked into, and what it is there."""
    if isinstance(value, dict) and place.fields:
        return {name: place.fields[name] for name in value if name in place.fields}
    if place.each is None:
        return {}
    if isinstance(value, dict):
        return dict.fromkeys(value, place.each)
    if isinstance(value, list):
        return dict.fromkeys(range(len(value)), place.each)
    return {}


def _fault(draw: Draw, place: Place, value: Any) -> Any:
    refused = sorted(name for name, each in place.fields.items() if each.bad)
    mapping = isinstance(value, dict)
    faults = {
        "stray": 1,
        "bad": 4 if place.bad else 0,
        "unknown": 1 if mapping and place.fields else 0,
        "bad field": 4 if mapping and refused else 0,
        "lacking": 2 if mapping and place.needs else 0,
        "bad key": 2 if mapping and place.bad_keys else 0,
        "twice": 2 if isinstance(value, list) and value else 0,
    }
    match draw(st.sampled_from([fault for fault, often in faults.items() for _ in range(often)])):
        case "bad":
            return draw(st.sampled_from(place.bad))
        case "bad field":
            name = draw(st.sampled_from(refused))
            return {**value, name: draw(st.sampled_from(place.fields[name].bad))}
        case "unknown":
            return {**value, "surplus": draw(_STRAYS)}
        case "lacking":
            lacking = draw(st.sampled_from(place.needs))
            return {name: each for name, each in value.items() if name != lacking}
        case "bad key" if place.each is not None:
            return {**value, draw(st.sampled_from(place.bad_keys)): _value(draw, place.each)}
        case "twice":
            return [*value, draw(st.sampled_from(value))]
    return draw(_STRAYS)


def _value(draw: Draw, place: Place) -> Any:
    if place.fields:
        chosen = {*place.needs, *draw(_some_of(_optional(place)))}
        return {name: _value(draw, each) for name, each in place.fields.items() if name in chosen}
    if place.each is not None and place.keys:
        names = draw(_some_of(place.keys, least=1))
        return {name: _value(draw, place.each) for name in names}
    if place.each is not None:
        return _items(draw, place, least=1)
    return draw(st.sampled_from(place.good))


def _optional(place: Place) -> list[str]:
    return [name for name, each in place.fields.items() if name not in place.needs and _holds(each)]


def _holds(place: Place) -> bool:
    return bool(place.good or place.fields or place.each)


def _some_of(names: list[str], *, least: int = 0) -> st.SearchStrategy[list[str]]:
    if not names:
        return st.just([])
    most = min(_MOST_FIELDS, len(names))
    return st.lists(st.sampled_from(names), min_size=least, max_size=most, unique=True)


def _items(draw: Draw, place: Place, *, least: int) -> list[Any]:
    assert place.each is not None  # noqa: S101 - only lists get here
    items = [_value(draw, place.each) for _ in range(draw(st.integers(least, place.upto)))]
    if not place.key:
        return items
    return list({item.get(place.key): item for item in items}.values())


# Changes


def merge_of(draw: Draw, place: Place, *, strategic: bool) -> dict[str, Any]:
    """Return a merge patch of an object's ``place``; a ``strategic`` one merges keyed lists."""
    names = draw(_some_of(sorted(n for n, e in place.fields.items() if _holds(e)), least=1))
    change = {name: _change(draw, place.fields[name], strategic) for name in names[:2]}
    if strategic and change and draw(st.integers(0, 19)) == 0:
        change["$patch"] = draw(st.sampled_from(["replace", "delete", "merge", "invent"]))
    return change


def _change(draw: Draw, place: Place, strategic: bool) -> Any:
    if draw(st.integers(0, 7)) == 0:
        return None
    if place.fields:
        return merge_of(draw, place, strategic=strategic)
    if place.each is not None and place.keys:
        names = draw(_some_of(place.keys, least=1))
        return {name: _change(draw, place.each, strategic) for name in names[:2]}
    if place.each is not None and strategic and place.each.fields:
        return [_item_change(draw, place.each, place.key) for _ in range(draw(st.integers(1, 2)))]
    return _value(draw, place)


def _item_change(draw: Draw, place: Place, key: str) -> Any:
    change = _value(draw, place) if draw(st.booleans()) else merge_of(draw, place, strategic=True)
    if key and draw(st.integers(0, 9)):
        change[key] = draw(st.sampled_from(place.fields[key].good))
    if draw(st.integers(0, 5)) == 0:
        change["$patch"] = draw(st.sampled_from(["delete", "delete", "replace"]))
    return change


def json_patch_of(draw: Draw, place: Place) -> list[dict[str, Any]]:
    """Return a JSON patch of one to three operations on what an object's ``place`` holds."""
    return [_operation(draw, place) for _ in range(draw(st.integers(1, 3)))]


def _operation(draw: Draw, place: Place) -> dict[str, Any]:
    path, target = _pointer(draw, place)
    kind = draw(st.sampled_from(["add", "add", "replace", "replace", "remove", "test"]))
    operation: dict[str, Any] = {"op": kind, "path": path}
    if kind != "remove":
        operation["value"] = _value(draw, target)
    return operation


def _pointer(draw: Draw, place: Place) -> tuple[str, Place]:
    path = ""
    while True:
        if path and (not _holds(place) or draw(st.integers(0, 3)) == 0):
            return path, place
        if place.fields:
            name = draw(st.sampled_from([n for n, e in place.fields.items() if _holds(e)]))
            place = place.fields[name]
        elif place.each is not None:
            within = place.keys or ["0", "1", "-"]
            name = draw(st.sampled_from(within))
            place = place.each
        else:
            return path, place
        path += "/" + name.replace("~", "~0").replace("/", "~1")
