"""How commands run what takes time: one event loop, one operation, one display.

It ties together what is shown, what Ctrl-C does and the exit code, so that every command that runs
an operation behaves the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from tenter.cli.collector import collect_seldom
from tenter.cli.displays import display_for
from tenter.cli.exit_codes import ExitCode
from tenter.cli.formats import Format
from tenter.cli.io_interrupts import two_step_interrupts
from tenter.cli.io_terminal import Terminal
from tenter.cli.view import container_ends
from tenter.library import Control, Progress, SyncOutcome
from tenter.library.io_environment import real_environment

_Answer = TypeVar("_Answer")


def run(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run ``work`` in an event loop of its own and return its answer.

    Raises KeyboardInterrupt where the user's second interrupt cut it off.
    """
    collect_seldom()
    try:
        return asyncio.run(work)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def watched(
    operate: Callable[[Callable[[Progress], None], Control], Awaitable[SyncOutcome]],
    output: Format,
    next_steps: Callable[[SyncOutcome], Sequence[str]],
) -> int:
    """Run an operation and show it; return the exit code.

    ``operate`` is given what to tell of progress and what carries the wish to end. A first
    interrupt asks for the end and waits for it, a second leaves at once. ``next_steps`` says what
    to offer the user, from how it went.
    """
    control = Control()
    display = display_for(Terminal(), output, real_environment().now)

    def interrupted() -> None:
        display.terminating()
        control.terminate()

    with two_step_interrupts(interrupted) as interrupts, display:
        outcome = await operate(display.feed, control)
        display.finish(next_steps(outcome), container_ends(outcome.report))
    if interrupts.count:
        return ExitCode.INTERRUPTED
    return exit_code_of_outcome(outcome)


def exit_code_of_outcome(outcome: SyncOutcome) -> int:
    """Return the exit code of an operation that ran to its end."""
    if outcome.succeeded:
        return ExitCode.DONE
    return ExitCode.TIMED_OUT if outcome.timed_out else ExitCode.FAILED
