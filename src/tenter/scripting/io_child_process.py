"""How the worker's process is started, whoever talks to it.

It gets nothing of the environment, which may hold secrets, but where its modules are; and a session
of its own, since a terminal's Ctrl-C is not its to handle.
"""

from __future__ import annotations

import os
import sys

TIME_LIMIT = 0.8
"""Seconds that one run may take: with a worker's start, a word on it is there within a second."""

START_LIMIT = 30.0
"""Seconds within which a worker must be ready, also on a machine that is busy."""


def command(child: str = "io_child") -> list[str]:
    """Return the command line of a worker, which is the module ``child`` of this package."""
    return [sys.executable, "-P", "-m", f"tenter.scripting.{child}"]


def environment() -> dict[str, str]:
    """Return all of the environment that a worker sees."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TZ": "UTC"}
