"""The directory this process works in, from which relative paths are understood."""

from __future__ import annotations

import os
import socket


def working_directory() -> str:
    """Return the current directory."""
    return os.getcwd()  # noqa: PTH109 - a text is all that is wanted


def this_process() -> str:
    """Return who runs an operation from here, for others to read: host and process number."""
    return f"{socket.gethostname()}/{os.getpid()}"
