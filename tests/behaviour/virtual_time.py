"""An event loop in which waiting takes no time: its clock jumps to the next thing that is due.

It jumps only when nothing is under way outside the loop (a thread that reads files, a child
process), since that takes real time and would be overtaken by every timeout.
"""

from __future__ import annotations

import asyncio
import selectors
from concurrent.futures import Executor
from typing import Any

_OUTSIDE_PAUSE = 0.02
"""Real seconds to wait at a time for what is under way outside."""


class _Selector(selectors.DefaultSelector):
    """Waits in virtual time, unless ``outside`` says that something really takes time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0
        self.processes: list[asyncio.SubprocessTransport] = []

    @property
    def outside(self) -> bool:
        self.processes = [each for each in self.processes if each.get_returncode() is None]
        return self.threads > 0 or bool(self.processes)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        happened = super().select(0)
        if happened or (timeout is not None and timeout <= 0):
            return happened
        if timeout is None or self.outside:
            return super().select(
                _OUTSIDE_PAUSE if timeout is None else min(timeout, _OUTSIDE_PAUSE)
            )
        self.now += timeout
        return happened


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 0 seconds and never waits for a timer."""

    selector: type[_Selector] = _Selector

    def __init__(self) -> None:
        self._waiting = self.selector()
        super().__init__(self._waiting)

    def time(self) -> float:
        return self._waiting.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._waiting.threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _future: object) -> None:
        self._waiting.threads -= 1

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:
        self._waiting.threads += 1  # being started
        try:
            transport, protocol = await super().subprocess_exec(*args, **kwargs)
        finally:
            self._waiting.threads -= 1
        self._waiting.processes.append(transport)
        return transport, protocol
