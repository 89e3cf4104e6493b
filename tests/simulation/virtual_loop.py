"""An event loop without sockets, threads or waiting, on which several processes live at once.

Its clock jumps to the next timer. What runs in a process' context belongs to that process, which
can be frozen in the middle of anything, as SIGSTOP and SIGKILL do: nothing of it runs any more, no
``finally``, no timer, until it is thawed, if ever. A killed process is one that is never thawed.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from asyncio import events
from collections import deque
from collections.abc import Coroutine
from typing import Any

_process: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


class Process:
    """One program on the loop: everything that was started, however indirectly, by ``start``.

    ``born`` is when, in Unix seconds, for whoever compares.
    """

    def __init__(self, name: str, loop: VirtualLoop) -> None:
        self.name = name
        self.born = 0.0
        self.frozen = False
        self.killed = False
        self._loop = loop
        loop.processes.append(self)
        self._held: list[asyncio.Handle] = []
        self._context = contextvars.Context()
        self._context.run(_process.set, self)
        self.task: asyncio.Task[Any] | None = None

    def start(self, program: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin to run ``program`` in this process."""
        self.task = self._loop.create_task(program, name=self.name, context=self._context)
        return self.task

    def freeze(self) -> None:
        """Stop the process where it is; what becomes due meanwhile is held."""
        self.frozen = True

    def kill(self) -> None:
        """Stop the process for good."""
        self.killed = True
        self.freeze()

    def thaw(self) -> None:
        """Let the process go on; it finds all that became due at once."""
        self.frozen = False
        held, self._held = self._held, []
        self._loop.take_back(held)

    def hold(self, handle: asyncio.Handle) -> None:
        """Keep what became due while the process is frozen."""
        self._held.append(handle)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def current_process() -> Process | None:
    """Return the process in whose name the running code runs."""
    return _process.get()


class Stuck(Exception):  # noqa: N818 - a finding about the programs, not about the loop
    """Nothing is due and nothing ever will be."""


class Restless(BaseException):
    """Something runs in circles: far too much happens."""


RESTLESS = 400_000
"""Callbacks after which something is taken to run in circles; a seed takes about 15,000."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Starts at 0 seconds; each turn runs what is ready, in the order in which it became so."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self.processes: list[Process] = []
        self.steps = 0
        self._forgiven = 0
        self._ready: deque[Any]
        self._scheduled: list[Any]
        self._stopping: bool

    def time(self) -> float:
        return self._now

    def take_back(self, handles: list[asyncio.Handle]) -> None:
        """Have handles that were held run now."""
        self._ready.extend(handles)

    def forgive(self) -> None:
        """Count anew and thaw every process, so that everything can be cancelled."""
        self._forgiven = self.steps
        for process in self.processes:
            process.thaw()

    def outside(self, program: Coroutine[Any, Any, Any], name: str = "") -> asyncio.Task[Any]:
        """Run ``program`` in no process: as the cluster, the network or the story's narrator."""
        return self.create_task(program, name=name, context=contextvars.Context())

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        if not ready and not self._stopping:
            if not scheduled:
                raise Stuck("nothing is due any more")
            self._now = max(self._now, scheduled[0].when())
        if self.steps > self._forgiven + RESTLESS:
            raise Restless(f"{self.steps} callbacks at {self._now:.3f} s")
        while scheduled and scheduled[0].when() <= self._now:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            process = handle._context.get(_process)
            if process is not None and process.frozen:
                process.hold(handle)
                continue
            self.steps += 1
            handle._run()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are thrown out when they are due."""

    def _process_events(self, event_list: Any) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nothing waits that would have to be woken."""


def run(program: Coroutine[Any, Any, Any]) -> Any:
    """Run ``program`` on a loop of its own, and everything it started to its end."""
    loop = VirtualLoop()
    try:
        events.set_event_loop(loop)
        return loop.run_until_complete(program)
    finally:
        try:
            loop.forgive()
            leftovers = asyncio.all_tasks(loop)
            for task in leftovers:
                task.cancel()
            if leftovers:
                loop.run_until_complete(asyncio.gather(*leftovers, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            events.set_event_loop(None)
            loop.close()
