"""Ctrl-C, in two steps: the first asks the operation to end cleanly, the second leaves at once.

A sync cut off in the middle leaves running hooks and their finalizers behind, so the first
interrupt must not simply cancel; SIGTERM, which CI systems send, counts as an interrupt too.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass
class Interrupts:
    """How often the user interrupted."""

    count: int = 0


@contextlib.contextmanager
def two_step_interrupts(on_first: Callable[[], None]) -> Iterator[Interrupts]:
    """Call ``on_first`` at the first interrupt, and cancel the current task at the next.

    For use inside a running event loop. Where signals cannot be handled (not the main thread, or
    a platform without them), Python's own handling stays.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    interrupts = Interrupts()

    def interrupted() -> None:
        interrupts.count += 1
        if interrupts.count == 1:
            on_first()
        elif task is not None:
            task.cancel()

    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, interrupted)
            handled.append(number)
    try:
        yield interrupts
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
