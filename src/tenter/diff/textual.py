"""A difference as people read one: lines of YAML, with what is secret masked.

Both sides show a Secret's value by the same mask where it is the same, and say that it changes
where it does; the value itself is never shown.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from tenter.diff.comparing import joined
from tenter.manifests import Manifest, masked
from tenter.manifests.masking import LAST_APPLIED, MASK

_SERVERS_OWN = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_SECRET_FIELDS = ("data", "stringData")


class Sign(enum.StrEnum):
    """What a line of a difference is."""

    SAME = " "
    ADDED = "+"
    REMOVED = "-"
    PLACE = "@"


class DiffLine(msgspec.Struct, frozen=True):
    """One line; ``text`` is without the sign."""

    sign: Sign
    text: str


def content(obj: Manifest) -> Manifest:
    """Return ``obj`` without status, the last-applied annotation and what only the server writes.

    That is what two states of an object are compared by.
    """
    metadata = {
        name: value
        for name, value in (obj.get("metadata") or {}).items()
        if name not in _SERVERS_OWN
    }
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        kept = {name: value for name, value in annotations.items() if name != LAST_APPLIED}
        metadata["annotations"] = kept
        if not kept:
            del metadata["annotations"]
    return {
        **{name: value for name, value in obj.items() if name != "status"},
        "metadata": metadata,
    }


def changed_fields(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that differ, as deep as both sides have the same shape."""
    if isinstance(before, dict) and isinstance(after, dict):
        for field in sorted({**before, **after}):
            yield from changed_fields(before.get(field), after.get(field), joined(path, field))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from changed_fields(one, other, f"{path}[{index}]")
    elif before != after:
        yield path


def textual(
    before: Manifest | None, after: Manifest | None, *, context: int = 3
) -> tuple[DiffLine, ...]:
    """Return the lines that turn ``before`` into ``after``; None is an object that is not there.

    ``context`` is how many unchanged lines stand around each change.
    """
    before, after = _masked(before, after)
    lines = difflib.unified_diff(_lines(before), _lines(after), n=context, lineterm="")
    found: list[DiffLine] = []
    for line in lines:
        if line.startswith(("--- ", "+++ ")) and not found:
            continue
        found.append(DiffLine(Sign(line[0]), line[1:]))
    return tuple(found)


def _lines(obj: Manifest | None) -> list[str]:
    if obj is None:
        return []
    text: str = yaml.dump(
        content(obj), Dumper=yaml.CSafeDumper, default_flow_style=False, allow_unicode=True
    )
    return text.splitlines()


def _masked(
    before: Manifest | None, after: Manifest | None
) -> tuple[Manifest | None, Manifest | None]:
    hidden = [masked(obj) if obj is not None else None for obj in (before, after)]
    if before is None or after is None:
        return hidden[0], hidden[1]
    for field in _SECRET_FIELDS:
        old, new = before.get(field), after.get(field)
        if after.get("kind") != "Secret" or not isinstance(old, dict) or not isinstance(new, dict):
            continue
        changed = [name for name in new if name in old and old[name] != new[name]]
        for obj, word in zip(hidden, ("before", "after"), strict=True):
            if obj is not None and changed:
                obj[field] = {**obj[field], **dict.fromkeys(changed, f"{MASK} ({word})")}
    return hidden[0], hidden[1]
