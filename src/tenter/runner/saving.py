"""Saves the record while the operation goes on: one save in flight, the next one right after.

"No save, no action" is the engine's rule: it asks for a save and waits for ``Saved``. This module
encodes the record at the moment of saving, because the record goes on changing meanwhile, and
tries again when the place of saving does not answer. It does not know where that place is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from tenter.engine import Record, Saved
from tenter.errors import StoodDown, TenterError
from tenter.runner.inbox import Inbox
from tenter.runner.journal import Journal, SavedOperation
from tenter.runner.report import Report, encode_report

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two tries of a save that failed: doubled from the first to the longest."""


class Saver:
    """Keeps ``journal`` up to date with ``record`` and ``report``.

    ``warn`` is told of every save that failed. ``ask`` may be called at any time; ``run`` does the
    work until it is cancelled, which should be after ``finish``.
    """

    def __init__(
        self,
        journal: Journal,
        record: Record,
        report: Report,
        inbox: Inbox,
        warn: Callable[[str], None],
    ) -> None:
        self._journal = journal
        self._record = record
        self._report = report
        self._inbox = inbox
        self._warn = warn
        self._asked = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def ask(self) -> None:
        """Have the record saved as it is now or later."""
        self._asked.set()

    async def run(self) -> None:
        """Save whenever asked, until cancelled. Raises ``StoodDown``."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            async with self._one_at_a_time:
                await self._save(ended=False)

    async def finish(self) -> None:
        """Save the last word, after a save that is in flight. Raises ``StoodDown``."""
        async with self._one_at_a_time:
            await self._save(ended=True)

    async def _save(self, *, ended: bool) -> None:
        pause = FIRST_PAUSE
        while True:
            version = self._record.version
            saved = SavedOperation(
                record=msgspec.json.encode(self._record),
                report=encode_report(self._report),
                ended=ended,
            )
            try:
                await self._journal.save(saved)
            except StoodDown:
                raise
            except TenterError as error:
                self._warn(
                    "The operation could not be saved, and starts nothing new until it is: "
                    f"{error}. Trying again in {pause:g} s"
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._inbox.put(Saved(version))
                return
