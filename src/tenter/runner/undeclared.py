"""Fields that a kind does not declare, as server-side apply complains of them.

Apply refuses an undeclared field with 500 and ``.spec.oops: field not declared in schema``,
whatever ``fieldValidation`` says. With ``Validate=false`` the user asked for such fields to be let
through, and the API server would drop them from any other kind of write; so they are dropped here,
by the paths that the answer names, and the apply is asked again. The paths are written by
structured-merge-diff: ``.name``, ``[0]``, ``[key=value,key="text"]`` and ``[="value"]``.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import msgspec

from tenter.manifests import Manifest

_COMPLAINT = re.compile(r"(?P<path>\.\S.*?): field not declared in schema")
_KEYS = re.compile(r'([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)')

Step: TypeAlias = "str | int | dict[str, Any]"
"""A field's name, a list's index, or the keys of a list's item."""


def undeclared_fields(message: str) -> tuple[str, ...]:
    """Return the paths that ``message`` says are not declared, in order, each once."""
    found: dict[str, None] = {}
    for line in message.split("\n"):
        for match in _COMPLAINT.finditer(line):
            path = match["path"]
            # The first complaint follows the object's own description and a colon.
            found[path.rpartition(" .")[2] if " ." in path else path] = None
    return tuple(p if p.startswith(".") else f".{p}" for p in found)


def duplicate_entries(message: str) -> bool:
    """Tell whether ``message`` refuses two entries of one key in a keyed list."""
    return "duplicate entries for key" in message


def without(manifest: Manifest, paths: tuple[str, ...]) -> Manifest:
    """Return ``manifest`` without the fields at ``paths``; the input is left as it was.

    Only what lies on the way to a dropped field is copied. A path that leads nowhere is passed
    over.
    """
    result = manifest
    for path in paths:
        result = _without(result, _steps(path))
    return result


def _without(place: Any, steps: list[Step]) -> Any:
    if not steps:
        return place
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if not isinstance(place, dict) or step not in place:
            return place
        copy = dict(place)
        if rest:
            copy[step] = _without(place[step], rest)
        else:
            del copy[step]
        return copy
    if not isinstance(place, list) or not rest:
        return place
    return [
        _without(item, rest) if _chosen(step, index, item) else item
        for index, item in enumerate(place)
    ]


def _chosen(step: int | dict[str, Any], index: int, item: Any) -> bool:
    if isinstance(step, int):
        return index == step
    # A key with a default (a port's protocol) may be absent from what was sent.
    return isinstance(item, dict) and all(
        item.get(name, value) == value for name, value in step.items()
    )


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    rest = path
    while rest:
        if rest[0] == ".":
            end = min((i for i in (rest.find(".", 1), rest.find("[", 1)) if i > 0), default=None)
            steps.append(rest[1:end])
        elif rest[0] == "[":
            close = _closing(rest)
            steps.append(_item(rest[1:close]))
            end = close + 1
        else:
            return steps
        rest = rest[end:] if end is not None else ""
    return steps


def _closing(text: str) -> int:
    quoted = False
    for index, letter in enumerate(text):
        if letter == '"' and text[index - 1] != "\\":
            quoted = not quoted
        elif letter == "]" and not quoted:
            return index
    return len(text)


def _item(text: str) -> Step:
    if text.isdigit():
        return int(text)
    keys: dict[str, Any] = {}
    for name, value in _KEYS.findall(text):
        try:
            keys[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            keys[name] = value
    return keys
