"""Python's cyclic garbage collector, set for a process that is all Tenter's.

By default it looks through everything again and again while thousands of objects are read, which
took a quarter of a sync's time, and finds nothing: what is read is kept, and hardly anything here
refers to itself. A program that uses the library decides this for itself.
"""

from __future__ import annotations

import gc

_YOUNGEST, _YOUNGER, _OLD = 50_000, 20, 50
"""Allocations between collections of new objects, and of those per older generation."""


def collect_seldom() -> None:
    """Leave what is there now out of every collection, and collect less often from now on."""
    gc.freeze()
    gc.set_threshold(_YOUNGEST, _YOUNGER, _OLD)
