"""What an operation owes is done even if the API server is away for a while.

A hook's finalizer that nobody takes off keeps its object for ever, so its removal, and a deletion,
is not given up when the client's own few tries are over: an API server that is being upgraded is
back within a minute or two. What would begin something new fails fast instead, and is retried by
the operation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenter.errors import ClusterUnreachable, ServerFault, TooManyRequests

_T = TypeVar("_T")

LONGEST_OUTAGE = 120.0
"""Seconds after which what could not be done is reported as such."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
"""Seconds between two tries: doubled from the first to the longest."""


async def outlasting_outages(call: Callable[[], Awaitable[_T]]) -> _T:
    """Return what ``call`` returns, called again while the API server is away.

    Raises what it raised last after ``LONGEST_OUTAGE``, and every other error at once.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_OUTAGE
    pause = FIRST_PAUSE
    while True:
        try:
            return await call()
        except (ClusterUnreachable, ServerFault, TooManyRequests):
            if loop.time() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
