"""What the process ends with, for scripts and CI jobs to branch on."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    DIFFERENCES = 3
    TIMED_OUT = 4
    INTERRUPTED = 130
