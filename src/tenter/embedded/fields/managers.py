"""The entries of ``metadata.managedFields``: who wrote which fields, how, and when last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.fields.sets import FieldSet, ordered, union

APPLY = "Apply"
UPDATE = "Update"
BEFORE_FIRST_APPLY = "before-first-apply"
ANCIENT = "ancient-changes"
_MOST_WRITERS = 10
"""Managers other than by apply that an object remembers by name."""


class Entry(msgspec.Struct):
    """One manager's fields. ``written`` is the entry as it stood, while it still holds."""

    manager: str
    operation: str
    api_version: str
    time: str
    fields: FieldSet
    subresource: str = ""
    written: dict[str, Any] | None = None

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells managers apart: an applier is one in all versions, a writer is not."""
        version = "" if self.operation == APPLY else self.api_version
        return (self.manager, self.operation, version, self.subresource)

    @property
    def label(self) -> str:
        """The manager as conflicts name it."""
        text = msgspec.json.encode(self.manager).decode()
        if self.subresource:
            text += f" with subresource {msgspec.json.encode(self.subresource).decode()}"
        return text if self.operation == APPLY else f"{text} using {self.api_version}"

    def holding(self, fields: FieldSet, time: str = "") -> Entry:
        """Return this entry with other ``fields``, and ``time`` if given; itself if the same."""
        if fields == self.fields:
            return self
        return Entry(
            self.manager,
            self.operation,
            self.api_version,
            time or self.time,
            fields,
            self.subresource,
        )

    def at(self, time: str) -> Entry:
        """Return this entry with another ``time``, empty for none; itself if the same."""
        if time == self.time:
            return self
        return Entry(
            self.manager, self.operation, self.api_version, time, self.fields, self.subresource
        )

    def encoded(self) -> dict[str, Any]:
        """Return the entry as it stands in ``managedFields``."""
        if self.written is not None:
            return self.written
        entry = {
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": ordered(self.fields),
            "manager": self.manager,
            "operation": self.operation,
        }
        if self.subresource:
            entry["subresource"] = self.subresource
        if self.time:
            entry["time"] = self.time
        return entry


def decode(entries: Sequence[dict[str, Any]] | None) -> list[Entry]:
    """Return the entries of a ``managedFields``; those of an unknown form are dropped."""
    return [
        Entry(
            entry.get("manager") or "",
            entry["operation"],
            entry.get("apiVersion") or "",
            entry.get("time") or "",
            entry.get("fieldsV1") or {},
            entry.get("subresource") or "",
            entry,
        )
        for entry in entries or ()
        if entry.get("operation") in {APPLY, UPDATE}
    ]


def capped(entries: Sequence[Entry]) -> list[Entry]:
    """Return ``entries`` with the oldest writers made one, where there are too many by name.

    Those of one API version become ``ancient-changes``; it has the time of the youngest of them.
    Who applies is never forgotten.
    """
    writers = [entry for entry in entries if entry.operation == UPDATE and entry.fields]
    surplus = len(writers) - _MOST_WRITERS
    if surplus <= 0:
        return list(entries)
    kept = list(entries)
    firsts: dict[str, Entry] = {}
    for entry in sorted(writers, key=lambda e: (e.time, e.manager, e.api_version, e.subresource)):
        if surplus <= 0:
            break
        first = firsts.get(entry.api_version)
        if first is not None:
            merged = Entry(
                ANCIENT, UPDATE, entry.api_version, entry.time, union(first.fields, entry.fields)
            )
            kept = [each for each in kept if each is not first and each is not entry]
            kept.append(merged)
            entry = merged  # noqa: PLW2901 - the next one of its version joins it
            surplus -= 1
        firsts[entry.api_version] = entry
    return kept


def encode(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return ``entries`` as ``managedFields``, in Kubernetes' order, without the empty ones."""
    kept = [entry for entry in entries if entry.fields]
    kept.sort(key=lambda e: (e.operation, e.time, e.manager, e.api_version, e.subresource))
    return [entry.encoded() for entry in kept]
