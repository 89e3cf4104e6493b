"""JSON patch: a list of operations on paths (RFC 6902).

Three leniencies are Kubernetes' own: a ``test`` for null holds where there is nothing, a
``replace`` makes a mapping's entry that was not there, and a ``copy`` of such an entry is a null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.patches.errors import PatchError
from tenter.manifests import Manifest

LIMIT = 10_000
"""Operations of one patch that the API server takes at most."""

_MISSING = object()


def apply(obj: Manifest, operations: Any) -> Manifest:
    """Return ``obj`` with ``operations`` done in order; ``obj`` itself is not changed.

    ``operations`` is the decoded patch. Raises ``PatchError``, after which nothing was done.
    """
    if not isinstance(operations, list):
        raise PatchError("a JSON patch is a list of operations", code=400)
    if len(operations) > LIMIT:
        raise PatchError(f"a JSON patch may have at most {LIMIT} operations", code=413)
    document: Any = obj
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise PatchError("a JSON patch operation is a mapping with op and path", code=400)
        document = _perform(document, operation)
    if not isinstance(document, dict):
        raise PatchError("a JSON patch must leave an object")
    return document


def _perform(document: Any, operation: dict[str, Any]) -> Any:
    path = _tokens(operation["path"])
    match operation.get("op"):
        case "add":
            return _add(document, path, _value(operation))
        case "remove":
            return _remove(document, path)
        case "replace":
            value = _value(operation)
            _find(document, path)
            return _rebuild(document, path, lambda holder, part: _put(holder, part, value), value)
        case "test":
            found = _find(document, path)
            wanted = _value(operation)
            if not (wanted is None if found is _MISSING else _equal(found, wanted)):
                raise PatchError(f"testing value {operation['path']} failed")
            return document
        case "copy":
            found = _find(document, _source(operation))
            return _add(document, path, None if found is _MISSING else found)
        case "move":
            source = _source(operation)
            if source == path[: len(source)] and len(path) > len(source):
                raise PatchError(f"{operation['from']} cannot be moved into itself")
            value = _get(document, source)
            return _add(_remove(document, source), path, value)
        case other:
            raise PatchError(f"unexpected kind of operation: {other}")


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"{operation['op']} {operation['path']} lacks its value", code=400)
    return operation["value"]


def _source(operation: dict[str, Any]) -> list[str]:
    if not isinstance(operation.get("from"), str):
        raise PatchError(f"{operation['op']} {operation['path']} lacks from", code=400)
    return _tokens(operation["from"])


def _tokens(pointer: str) -> list[str]:
    """Return the parts of a JSON pointer (RFC 6901)."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise PatchError(f"{pointer} is not a JSON pointer: it must start with /", code=400)
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _index(items: list[Any], part: str, end: int) -> int:
    """Return the place ``part`` names in a list, from 0 to ``end``."""
    if (
        not (part.isascii() and part.isdecimal())
        or (part[0] == "0" and part != "0")
        or int(part) > end
    ):
        raise PatchError(f"invalid array index {part}: the list has {len(items)} items")
    return int(part)


def _find(document: Any, path: list[str]) -> Any:
    """Return what stands at ``path``, or a mark where its holder has no such entry."""
    for place, part in enumerate(path):
        if isinstance(document, dict):
            document = document.get(part, _MISSING)
        elif isinstance(document, list):
            document = document[_index(document, part, len(document) - 1)]
        else:
            document = _MISSING
        if document is _MISSING:
            if place == len(path) - 1:
                return _MISSING
            raise PatchError(f"there is nothing at /{'/'.join(path[: place + 1])}")
    return document


def _get(document: Any, path: list[str]) -> Any:
    found = _find(document, path)
    if found is _MISSING:
        raise PatchError(f"there is nothing at /{'/'.join(path)}")
    return found


def _add(document: Any, path: list[str], value: Any) -> Any:
    return _rebuild(document, path, lambda holder, part: _insert(holder, part, value), value)


def _remove(document: Any, path: list[str]) -> Any:
    _get(document, path)
    return _rebuild(document, path, _drop, None)


def _rebuild(document: Any, path: list[str], change: Callable[[Any, str], None], whole: Any) -> Any:
    """Return ``document`` with the holder at the end of ``path`` copied and changed.

    An empty path stands for the document itself, which becomes ``whole``.
    """
    if not path:
        return whole
    if not isinstance(document, (dict, list)):
        raise PatchError(f"there is nothing at {path[0]}: its holder is neither object nor list")
    holder = document.copy()
    if len(path) == 1:
        change(holder, path[0])
        return holder
    below = _get(document, path[:1])
    part: Any = path[0] if isinstance(holder, dict) else int(path[0])
    holder[part] = _rebuild(below, path[1:], change, whole)
    return holder


def _insert(holder: Any, part: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[part] = value
    elif part == "-":  # RFC 6901's name of the end of a list
        holder.append(value)
    else:
        holder.insert(_index(holder, part, len(holder)), value)


def _put(holder: Any, part: str, value: Any) -> None:
    holder[part if isinstance(holder, dict) else int(part)] = value


def _drop(holder: Any, part: str) -> None:
    del holder[part if isinstance(holder, dict) else int(part)]


def _equal(a: Any, b: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1, though Python says so."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(item, b[key]) for key, item in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)
