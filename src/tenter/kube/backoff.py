"""How long to wait before trying again: exponential, capped, with full jitter.

Jitter keeps many clients of a server that comes back from asking in step. The wait itself is the
caller's, on the event loop.
"""

from __future__ import annotations

import random


class Backoff:
    """A growing series of delays in seconds, back at ``first`` after ``reset``."""

    def __init__(
        self, chance: random.Random, *, first: float = 0.2, factor: float = 2.0, most: float = 10.0
    ) -> None:
        self._chance = chance
        self._first = first
        self._factor = factor
        self._most = most
        self._bound = first

    def delay(self, asked: float | None = None) -> float:
        """Return the next delay: at least ``asked`` (a Retry-After), where the server named one.

        Without it, anything between half of the current bound and the bound, which then grows.
        """
        bound = self._bound
        self._bound = min(bound * self._factor, self._most)
        jitter = self._chance.random()
        if asked is not None:
            return asked + jitter * self._first
        return bound * (0.5 + 0.5 * jitter)

    def reset(self) -> None:
        """Start over, after something worked."""
        self._bound = self._first
