"""The managedFields of many objects, kept small.

They are often longer than the object itself, and the same for all objects that one tool applied.
So they are kept encoded, without their times, and equal ones once; who needs those of an object
decodes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tenter.manifests import Key

_MOST_SHARED = 4096
_decoder = msgspec.json.Decoder(list[Any])


class ManagedFields:
    """``metadata.managedFields`` by key."""

    def __init__(self) -> None:
        self._kept: dict[Key, bytes] = {}
        self._shared: dict[bytes, bytes] = {}

    def keep(self, key: Key, entries: Iterable[dict[str, Any]] | None) -> None:
        """Keep an object's entries in the place of its earlier ones."""
        if not entries:
            self._kept.pop(key, None)
            return
        untimed = [{k: v for k, v in entry.items() if k != "time"} for entry in entries]
        encoded = msgspec.json.encode(untimed)
        if len(self._shared) > _MOST_SHARED:
            self._shared.clear()  # what is kept stays; only later equal ones are not shared
        self._kept[key] = self._shared.setdefault(encoded, encoded)

    def forget(self, key: Key) -> None:
        """Drop an object's entries."""
        self._kept.pop(key, None)

    def get(self, key: Key) -> list[Any]:
        """Return an object's entries, empty where there are none."""
        encoded = self._kept.get(key)
        return _decoder.decode(encoded) if encoded is not None else []
