"""What a cluster does by itself behind its API: the parts, and the one loop that runs them.

Each part notes from the changes of the store what it has to look at, and later looks at it as it
is by then; so it does not matter how often, or in which order, it is told. The loop looks at one
thing at a time and lets others run in between, so that a large clean-up does not hold the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from tenter.embedded.statuses import Refusal
from tenter.embedded.store import Change, Store

_BATCH = 32


class Part(Protocol):
    """One concern, such as garbage collection. ``Item`` is whatever it has to look at."""

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Note what a change may have made necessary; must not write."""
        ...

    def look(self, item: Any) -> None:
        """Do what ``item`` needs now. Raises ``Refusal`` where that cannot be done yet."""
        ...


class Machinery:
    """Runs ``parts`` over the changes of ``store``."""

    def __init__(self, store: Store, parts: list[Part]) -> None:
        self._store = store
        self._parts = parts
        self._queue: dict[tuple[int, Any], None] = {}
        self._wake = asyncio.Event()
        store.subscribe(self._observe)

    def _observe(self, change: Change) -> None:
        for number, part in enumerate(self._parts):
            part.observe(change, partial(self._note, number))

    def _note(self, number: int, item: Any) -> None:
        self._queue[number, item] = None
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to look at."""
        return not self._queue

    async def run(self) -> None:
        """Look at what changed, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                for number, item in list(self._queue)[:_BATCH]:
                    del self._queue[number, item]
                    try:
                        self._parts[number].look(item)
                    except Refusal:
                        # Something stands in the way, such as a rule of the object's kind; the
                        # change that takes it away is noted like any other.
                        continue
                await asyncio.sleep(0)
