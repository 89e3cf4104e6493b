"""What happened and has not been told to the engine yet.

Everything that can happen puts its event here (watches, answers, timers, the user), and the
running loop drains it in batches: one ``decide`` for all that came in since the last one.
"""

from __future__ import annotations

import asyncio

from tenter.engine import Event


class Inbox:
    """A queue of events of one event loop; filling it never waits."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._filled = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event."""
        self._events.append(event)
        self._filled.set()

    def take(self) -> list[Event]:
        """Return all events that are there, oldest first, perhaps none."""
        events, self._events = self._events, []
        self._filled.clear()
        return events

    async def wait(self, seconds: float | None) -> None:
        """Return when there is an event, or ``seconds`` have passed (None: for ever)."""
        try:
            async with asyncio.timeout(seconds):
                await self._filled.wait()
        except TimeoutError:
            return
