"""The system's clock, for scripts that a library's user asks without an ``Environment``."""

from __future__ import annotations

import time


def system_time() -> float:
    """Return the time in Unix seconds."""
    return time.time()
