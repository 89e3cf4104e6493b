"""What one benchmark measured: a number, its floor where there is one, and its goal.

A goal is printed and never asserted: a machine that is busy makes no build fail.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One number of one run.

    ``unit`` is ``s``, ``MB`` or ``/s``. ``floor`` is in the same unit: what the task costs at the
    very least, by other means, in the same run. ``goal`` bounds the value, ``ratio_goal`` the ratio
    of value to floor. ``note`` is for people: how many requests, which concurrency was best.
    """

    name: str
    value: float
    unit: str = "s"
    floor: float | None = None
    goal: float | None = None
    ratio_goal: float | None = None
    note: str = ""

    @property
    def more_is_better(self) -> bool:
        """Whether the goal is a lower bound."""
        return self.unit == "/s"

    @property
    def ratio(self) -> float | None:
        """How many times the floor it took; of rates, how many times slower it was."""
        if not self.floor or not self.value:
            return None
        return self.floor / self.value if self.more_is_better else self.value / self.floor

    @property
    def met(self) -> bool | None:
        """Whether every goal is met; None where there is none."""
        kept = []
        if self.goal is not None:
            reached = self.value >= self.goal if self.more_is_better else self.value <= self.goal
            kept.append(reached)
        if self.ratio_goal is not None and self.ratio is not None:
            kept.append(self.ratio <= self.ratio_goal)
        return all(kept) if kept else None


def median(runs: Sequence[Measurement]) -> Measurement:
    """Return the medians of several runs of one benchmark; the note is the last run's.

    The floor is chosen so that the ratio is the median of the runs' own ratios: each run's number
    was measured beside its own floor, on a machine that was as busy then.
    """
    value = statistics.median(run.value for run in runs)
    ratios = [run.ratio for run in runs if run.ratio is not None]
    floor = None
    if ratios:
        ratio = statistics.median(ratios)
        floor = value * ratio if runs[-1].more_is_better else value / ratio
    return msgspec.structs.replace(runs[-1], value=value, floor=floor)
