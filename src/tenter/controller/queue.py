"""Which keys need work: each at most once at a time, many requests for one made one.

A key that is asked for while it is being worked on is worked on once more afterwards, so that
nothing that happened meanwhile is missed. Work that fails is tried again after a pause that grows
with each failure in a row; the queue never spins. It knows nothing of what the keys are.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 180.0
"""Seconds before work that failed is tried again: doubled from the first to the longest."""


class WorkQueue(Generic[K]):
    """Calls ``work`` with each key that was added, at most ``workers`` at once.

    ``failed`` is told of every error; the key is then tried again. ``run`` does all of it, until
    it is cancelled.
    """

    def __init__(
        self,
        work: Callable[[K], Awaitable[None]],
        failed: Callable[[K, Exception, float], None],
        chance: random.Random,
        *,
        workers: int = 16,
    ) -> None:
        self._work = work
        self._failed = failed
        self._chance = chance
        self._workers = workers
        self._waiting: dict[K, None] = {}
        self._at_work: dict[K, None] = {}
        self._again: dict[K, bool] = {}
        self._failures: dict[K, int] = {}
        self._timers: dict[K, tuple[float, asyncio.TimerHandle]] = {}
        self._woken = asyncio.Event()

    def __len__(self) -> int:
        """Return how many keys wait for work."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being worked on."""
        return not self._waiting and not self._at_work

    def add(self, key: K, *, urgent: bool = False) -> None:
        """Have ``key`` worked on now; once for any number of calls before that.

        After a failure its pause comes first, or a failing key would be spun on by what its own
        failure changes; unless it is ``urgent``, since somebody changed what was wrong.
        """
        if key in self._failures and not urgent and key not in self._at_work:
            return
        self._stop_timer(key)
        if key in self._at_work:
            self._again[key] = urgent or self._again.get(key, False)
        else:
            self._waiting[key] = None
            self._woken.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Have ``key`` worked on in ``seconds``, unless that happens earlier anyway."""
        loop = asyncio.get_running_loop()
        due = loop.time() + max(0.0, seconds)
        known = self._timers.get(key)
        if known is not None and known[0] <= due:
            return
        self._stop_timer(key)
        self._timers[key] = (due, loop.call_at(due, self._due, key))

    def forget(self, key: K) -> None:
        """Drop what is remembered of ``key``: it is gone."""
        self._stop_timer(key)
        self._waiting.pop(key, None)
        self._again.pop(key, None)
        self._failures.pop(key, None)

    async def run(self) -> None:
        """Work until cancelled; what is being worked on then is cancelled with it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._workers):
                    tasks.create_task(self._run_worker())
        finally:
            for _, timer in self._timers.values():
                timer.cancel()
            self._timers.clear()

    async def _run_worker(self) -> None:
        while True:
            while not self._waiting:
                self._woken.clear()
                await self._woken.wait()
            key = next(iter(self._waiting))
            del self._waiting[key]
            self._at_work[key] = None
            try:
                await self._work(key)
            except Exception as error:  # noqa: BLE001 - told, and tried again; one key's bug is not all keys'
                self._try_again(key, error)
            else:
                self._failures.pop(key, None)
            finally:
                del self._at_work[key]
                urgent = self._again.pop(key, None)
                if urgent is not None:
                    self.add(key, urgent=urgent)

    def _due(self, key: K) -> None:
        self.add(key, urgent=True)

    def _try_again(self, key: K, error: Exception) -> None:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(FIRST_PAUSE * 2.0 ** min(count - 1, 30), LONGEST_PAUSE)
        pause *= 1 + 0.2 * self._chance.random()
        self.add_after(key, pause)
        self._failed(key, error, pause)

    def _stop_timer(self, key: K) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer[1].cancel()
