"""The real clock and real chance, for programs that run in the world and not in a simulation."""

from __future__ import annotations

import random
import time

from tenter.environment import Environment


def real_environment() -> Environment:
    """Return the system's clock and a freshly seeded generator."""
    return Environment(now=time.time, random=random.Random())  # noqa: S311 - jitter, not secrets
