"""An applied configuration merged into a live object, and what nobody wants any more taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.fields.elements import child_type, elements, granular, item_element, keyed
from tenter.embedded.fields.errors import TypedPatchError
from tenter.embedded.fields.sets import FieldSet, is_member
from tenter.embedded.schema import Shape, Type


def merge(live: Any, applied: Any, type_: Type) -> Any:
    """Return ``live`` with ``applied`` merged in; what stays as it is, is shared with ``live``."""
    if live is applied or live == applied:
        return live
    if granular(live, type_) and granular(applied, type_):
        out = live
        for name, value in applied.items():
            before = live.get(name)
            new = value if before is None else merge(before, value, child_type(type_, name))
            if new is not before or name not in live:
                if out is live:
                    out = dict(live)
                out[name] = new
        return out
    if keyed(live, type_) and keyed(applied, type_):
        return _merge_items(live, applied, type_)
    return applied


def _merge_items(live: list[Any], applied: list[Any], type_: Type) -> list[Any]:
    """Merge keyed items: the applied order holds; items of others keep their place before it."""
    element = type_.element
    if element is None:
        return applied
    mine = elements(applied, type_)
    theirs = elements(live, type_)
    order = [(key, item) for item in live if (key := _element_of(item, type_)) is not None]
    place = 0
    out = []
    done = set()
    for key, (value,) in mine.items():
        while place < len(order) and (order[place][0] not in mine or order[place][0] in done):
            if order[place][0] not in mine:
                out.append(order[place][1])
            place += 1
        before = theirs.get(key, [])
        # What is there more than once is replaced, not merged with.
        out.append(merge(before[0], value, element) if len(before) == 1 else value)
        done.add(key)
    out += [item for key, item in order[place:] if key not in mine]
    unchanged = len(out) == len(live) and all(a is b for a, b in zip(out, live, strict=True))
    return live if unchanged else out


def _element_of(item: Any, type_: Type) -> str | None:
    try:
        return item_element(item, type_)
    except TypedPatchError:
        return None


def withdraw(value: Any, type_: Type, last: FieldSet, owned: Sequence[FieldSet]) -> Any:
    """Return ``value`` without what ``last`` held and none of ``owned`` does.

    ``last`` is what a manager applied before; ``owned`` the sets of every manager now, its own new
    one among them. A struct counts as held as soon as something in it is.
    """
    if granular(value, type_):
        out = value
        for name, item in value.items():
            held = last.get("f:" + name)
            if held is None:
                continue
            nodes = [node["f:" + name] for node in owned if "f:" + name in node]
            struct = type_.shape is Shape.OBJECT and name in type_.fields
            new = _kept(item, child_type(type_, name), held, nodes, struct=struct)
            if new is not item:
                if out is value:
                    out = dict(value)
                if new is None:
                    del out[name]
                else:
                    out[name] = new
        return out
    if keyed(value, type_) and type_.element is not None:
        items = []
        for item in value:
            key = item_element(item, type_)
            held = last.get(key)
            if held is None:
                items.append(item)
                continue
            nodes = [node[key] for node in owned if key in node]
            new = _kept(item, type_.element, held, nodes, struct=False)
            if new is not None:
                items.append(new)
        unchanged = len(items) == len(value) and all(
            a is b for a, b in zip(items, value, strict=True)
        )
        return value if unchanged else items
    return value


def _kept(
    item: Any, type_: Type, held: FieldSet, nodes: Sequence[FieldSet], *, struct: bool
) -> Any:
    """Return what stays of ``item``, None for nothing."""
    if struct and not nodes:
        return None
    if not struct and is_member(held) and not any(is_member(node) for node in nodes):
        return None
    if not held:
        return item
    rest = withdraw(item, type_, held, nodes)
    if rest is item or rest or any(is_member(node) for node in nodes):
        return rest  # what someone states as empty is there, empty
    return None
