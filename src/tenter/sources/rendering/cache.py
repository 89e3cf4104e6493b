"""Keeps what was rendered, so that a source that has not changed is not rendered again.

The key is made of everything that a rendering depends on: the files, the options, what the
renderer is told, the settings. What a renderer fetches from elsewhere (a chart's dependencies, a
remote base) is not in it; ``forget`` is for those who want that again.

Kept in memory only: manifests hold Secrets, which do not belong on a disk.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from tenter.sources.rendering.rendered import Rendered


class Renderings:
    """What was rendered last, at most ``limit`` bytes of it."""

    def __init__(self, limit: int = 256 * 1024 * 1024) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def find(self, key: str) -> Rendered | None:
        """Return what was kept under ``key``; the caller may change it."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return msgspec.json.decode(kept, type=Rendered)

    def keep(self, key: str, rendered: Rendered) -> None:
        """Keep ``rendered``, and let go of what was asked for longest ago where it is too much."""
        # As bytes: they are smaller than objects, and nobody can change them.
        encoded = msgspec.json.encode(rendered)
        if len(encoded) > self._limit:
            return
        self._size += len(encoded) - len(self._kept.pop(key, b""))
        self._kept[key] = encoded
        while self._size > self._limit:
            self._size -= len(self._kept.popitem(last=False)[1])

    def forget(self) -> None:
        """Have everything rendered anew."""
        self._kept.clear()
        self._size = 0


def key_of(contents: Mapping[str, bytes], *facts: object) -> str:
    """Return the key of a rendering of ``contents``, and of ``facts`` that JSON can hold."""
    digest = hashlib.sha256()
    for path, content in sorted(contents.items()):
        digest.update(f"{len(path)}:{path}:{len(content)}:".encode())
        digest.update(content)
    digest.update(msgspec.json.encode(facts, order="deterministic"))
    return digest.hexdigest()
