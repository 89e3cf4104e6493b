"""Strategic merge patch: a partial object whose lists merge by their keys.

Which lists merge, and by which key, the types say (``x-kubernetes-patch-strategy`` and
``x-kubernetes-patch-merge-key``). Source of the rules: the Kubernetes API convention of strategic
merge patch and its directives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.patches.errors import PatchError
from tenter.embedded.schema import Shape, Type
from tenter.manifests import Manifest

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_ANYTHING = Type(Shape.ANY)


def apply(obj: Manifest, patch: Any, type_: Type) -> Manifest:
    """Return ``obj`` with ``patch`` merged in by the patch strategies of ``type_``.

    Neither is changed. Understands ``$patch: replace | delete | merge``, ``$retainKeys``,
    ``$deleteFromPrimitiveList`` and ``$setElementOrder``. Raises ``PatchError`` for a malformed
    patch.
    """
    if not isinstance(patch, dict):
        raise PatchError("a strategic merge patch is an object", code=400)
    return _merge(obj, patch, type_)


def _child(type_: Type, name: str) -> Type:
    if type_.shape is Shape.OBJECT:
        return type_.fields.get(name, _ANYTHING)
    return type_.element or _ANYTHING


def _merge(original: dict[str, Any], patch: dict[str, Any], type_: Type) -> dict[str, Any]:
    match patch.get(_DIRECTIVE):
        case None:
            pass
        case "replace":
            return _plain_fields(patch)
        case "delete":
            return {}
        case other:
            raise _unknown(other, patch)
    merged = _retained(original, patch) if _RETAIN in patch else dict(original)
    for name, value in patch.items():
        if name in {_DIRECTIVE, _RETAIN} or name.startswith((_DELETE, _ORDER)):
            continue
        before = merged.get(name)
        if value is None or (type(before) is not type(value) and _is_directive(value)):
            # A directive has nothing to act on there.
            merged.pop(name, None)
        else:
            merged[name] = _merge_value(before, value, _child(type_, name))
    _arrange(merged, original, patch, type_)
    return merged


def _merge_value(before: Any, value: Any, type_: Type) -> Any:
    if isinstance(value, dict) and isinstance(before, dict):
        replaced = "replace" in type_.strategies
        return _plain(value) if replaced else _merge(before, value, type_)
    if isinstance(value, list) and isinstance(before, list) and "merge" in type_.strategies:
        return _merge_list(before, value, type_)
    if isinstance(value, list) and isinstance(before, list):
        return value
    return _plain(value)


def _arrange(
    merged: dict[str, Any], original: dict[str, Any], patch: dict[str, Any], type_: Type
) -> None:
    """Do what the patch says of whole lists: which texts to delete, and the order of the rest."""
    for name, value in patch.items():
        field = name.partition("/")[2]
        current = merged.get(field)
        if not isinstance(current, list):
            continue
        if name.startswith(_DELETE):
            merged[field] = [item for item in current if item not in value]
        elif name.startswith(_ORDER):
            key = _child(type_, field).merge_key
            merged[field] = _reordered(current, value, original.get(field) or [], key)


def _retained(original: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return ``original`` without the fields that the patch does not list to keep."""
    keep = patch[_RETAIN]
    if not isinstance(keep, list):
        raise PatchError(f"{_RETAIN} is a list of field names", code=400)
    strays = [
        name
        for name, value in patch.items()
        if value is not None and name not in keep and not name.startswith("$")
    ]
    if strays:
        raise PatchError(
            f"{_RETAIN} must list every field of the patch; it lacks {', '.join(strays)}", code=400
        )
    return {name: value for name, value in original.items() if name in keep}


def _merge_list(original: list[Any], patch: list[Any], type_: Type) -> list[Any]:
    if not type_.merge_key:
        both = _unique([*original, *patch])
        return _reordered(both, patch, original, "")
    key = type_.merge_key
    element = type_.element or _ANYTHING
    for item in patch:
        if not isinstance(item, dict):
            raise PatchError(f"a list merged by {key} holds objects only", code=500)
    plain = [item for item in patch if _DIRECTIVE not in item]
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [_plain(item) for item in plain]
    kept = list(original)
    for item in patch:
        if _DIRECTIVE not in item:
            continue
        if item[_DIRECTIVE] != "delete":
            raise _unknown(item[_DIRECTIVE], item)
        kept = [old for old in kept if _key_of(old, key) != _required_key(item, key)]
    merged = list(kept)
    for item in plain:
        wanted = _required_key(item, key)
        for place, old in enumerate(merged):
            if _key_of(old, key) == wanted:
                merged[place] = _merge(old, item, element)
                break
        else:
            merged.append(_plain(item))
    return _reordered(merged, plain, kept, key)


def _required_key(item: dict[str, Any], key: str) -> Any:
    if key not in item:
        raise PatchError(f"map: {item} does not contain declared merge key: {key}", code=500)
    return item[key]


def _unknown(directive: Any, item: dict[str, Any]) -> PatchError:
    return PatchError(f"unknown patch type: {directive} in map: {item}", code=500)


def _is_directive(value: Any) -> bool:
    return isinstance(value, dict) and _DIRECTIVE in value


def _key_of(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, dict) else None


def _unique(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _plain(value: Any) -> Any:
    """Return a value of the patch that meets nothing: without directives and nulls."""
    if isinstance(value, dict):
        return _plain_fields(value)
    if isinstance(value, list):
        return [_plain(item) for item in value if not _is_directive(item)]
    return value


def _plain_fields(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _plain(item)
        for name, item in value.items()
        if item is not None
        and not _is_directive(item)
        and name not in {_DIRECTIVE, _RETAIN}
        and not name.startswith((_DELETE, _ORDER))
    }


def _reordered(items: list[Any], order: list[Any], original: list[Any], key: str) -> list[Any]:
    """Return ``items`` in the patch's ``order``; those only the server knows keep their places.

    One that only the server knows comes before the next item that followed it in ``original``, and
    after one that is new.
    """
    identify: Callable[[Any], Any] = (lambda i: _key_of(i, key)) if key else (lambda i: i)
    wanted = [identify(item) for item in order]
    before = [identify(item) for item in original]
    known = sorted(
        (item for item in items if identify(item) in wanted),
        key=lambda item: wanted.index(identify(item)),
    )
    others = [item for item in items if identify(item) not in wanted]
    result = []
    while known and others:
        mine, theirs = identify(known[0]), identify(others[0])
        first = mine in before and theirs in before and before.index(theirs) < before.index(mine)
        result.append(others.pop(0) if first else known.pop(0))
    return result + known + others
