"""Bounds how many requests run at once, and yields when the server says it has too many.

Additive increase, multiplicative decrease: a 429 halves the bound, once for all the requests that
were under way when it came; a bound's worth of answers without one gives a place back. So one
client neither starves others behind API priority and fairness nor stays slow after a bad moment.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Limiter:
    """At most ``most`` requests at once; each runs inside ``async with limiter.place()``."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._bound = float(most)
        self._running = 0
        self._epoch = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def bound(self) -> int:
        """How many requests may run at once now."""
        return max(1, int(self._bound))

    @property
    def running(self) -> int:
        """How many requests run now."""
        return self._running

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Enter when there is room, first come first served; yields what ``refused`` takes."""
        epoch = await self._acquire()
        try:
            yield epoch
        finally:
            self._running -= 1
            self._admit()

    def refused(self, epoch: int) -> None:
        """Halve the bound: a request that began in ``epoch`` was answered with 429."""
        if epoch == self._epoch:
            self._epoch += 1
            self._bound = max(1.0, self._bound / 2)

    def answered(self) -> None:
        """Give a fraction of a place back: a request was answered with anything but 429."""
        self._bound = min(float(self._most), self._bound + 1 / self._bound)

    async def _acquire(self) -> int:
        if self._running < self.bound:
            self._running += 1
            return self._epoch
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the place was given in the moment of cancellation
                self._running -= 1
                self._admit()
            raise
        return self._epoch

    def _admit(self) -> None:
        while self._waiting and self._running < self.bound:
            turn = self._waiting.popleft()
            if not turn.cancelled():  # those that gave up are left in the queue until here
                self._running += 1
                turn.set_result(None)
