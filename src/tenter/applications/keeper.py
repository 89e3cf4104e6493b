"""Keeps the state of one operation while it runs: saved part by part, against conflicts.

The place (a Secret, a SyncRun) is a ``StateStore``; that nobody else may be running the operation
is the caller's ``ensure``. Both kinds of applications, those of the CLI and those of a controller,
are kept in this one way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tenter.applications.state import RECORD, REPORT, State, encode_parts
from tenter.applications.state_store import StateStore
from tenter.errors import Conflict, NotFound, StoodDown
from tenter.runner import SavedOperation

_TRIES = 5


class Keeper:
    """Saves ``state`` in ``store``.

    ``ensure`` returns when this process may still save, and raises ``StoodDown`` otherwise.
    ``annotated`` is told of the main object's annotations where another changed it meanwhile.
    """

    def __init__(
        self,
        store: StateStore,
        ensure: Callable[[], Awaitable[None]],
        annotated: Callable[[dict[str, str]], None],
    ) -> None:
        self._store = store
        self._ensure = ensure
        self._annotated = annotated
        self._saving = asyncio.Lock()
        self._taken_by = ""
        self.state: State | None = None

    async def begin(self, state: State, *, clear: tuple[str, ...] = ()) -> None:
        """Save all of ``state``; ``clear`` names annotations of the main object to forget."""
        self.state = state
        async with self._saving:
            await self._write(encode_parts(state), clear=clear)

    async def keep(self, *names: str) -> None:
        """Save the named parts of ``state``."""
        if self.state is None:
            raise RuntimeError("there is no state to keep yet")
        async with self._saving:
            await self._write(encode_parts(self.state, *names))

    async def save(self, saved: SavedOperation) -> None:
        """Save the running operation."""
        async with self._saving:
            await self._write({RECORD: saved.record, REPORT: saved.report})

    async def forget(self) -> None:
        """Delete the state."""
        async with self._saving:
            await self._store.delete()
        self.state = None

    async def _write(self, parts: dict[str, bytes], clear: tuple[str, ...] = ()) -> None:
        for tries_left in range(_TRIES, -1, -1):
            self._check_taken()
            await self._ensure()
            try:
                await self._store.save(parts, clear=clear)
            except (Conflict, NotFound):
                before = self._store.holder
                await self._store.reread()
                # A change of annotations is a wish; another holder's save is another operation.
                if self._store.holder != before:
                    self._taken_by = self._store.holder
                    self._check_taken()
                self._annotated(self._store.annotations)
                if not tries_left:
                    raise
            else:
                return

    def _check_taken(self) -> None:
        if self._taken_by:
            raise StoodDown(f"{self._taken_by} has taken this operation over")
