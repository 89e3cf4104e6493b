"""How the worker's process is started, whoever talks to it.

It gets nothing of the environment, which may hold secrets, but where its modules are; and a session
of its own, since a terminal's Ctrl-C is not its to handle.
"""

from __future__ import annotations

import os
import signal
import sys

TIME_LIMIT = 0.8
"""Seconds of processor time that one run may take.

With a worker's start, a word on it is there within a second. It is not the clock's time, or a busy
machine would fail checks that take microseconds, and with them the hooks that they judge.
"""

PATIENCE = 10.0
"""Seconds of the clock that a run may take beyond its own, until it is ended in any case."""

START_LIMIT = 30.0
"""Seconds within which a worker must be ready, also on a machine that is busy."""


def command(child: str = "io_child", seconds: float = TIME_LIMIT) -> list[str]:
    """Return the command line of a worker, which is the module ``child`` of this package.

    ``seconds`` of processor time are what each of its runs may take.
    """
    return [sys.executable, "-P", "-m", f"tenter.scripting.{child}", str(seconds)]


def environment() -> dict[str, str]:
    """Return all of the environment that a worker sees."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TZ": "UTC"}


def ran_out_of_time(exit_code: int | None) -> bool:
    """Tell whether a worker that ended with ``exit_code`` did so because its run took too long."""
    return exit_code == -signal.SIGPROF
