"""Since when each task is waited for, and when that has lasted too long.

A task without a timeout may take for ever. Each limit that is watched wakes the attempt once.
"""

from __future__ import annotations

from tenter.engine.durations import write_duration
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Task
from tenter.health import HealthStatus

_ON_ITS_WAY = frozenset({HealthStatus.PROGRESSING, HealthStatus.SUSPENDED})


class TimeLimits:
    """The time limits of one stage, or of the gate before PostSync; times are Unix seconds."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._began_at: dict[str, float] = {}

    def begin(self, task: Task, at: float) -> None:
        """Count the task's time from ``at``."""
        self._began_at[task.id] = at

    def since(self, task: Task, now: float) -> float:
        """Return from when the task's time counts; from ``now`` where it did not yet."""
        return self._began_at.setdefault(task.id, now)

    def forget(self, task: Task) -> None:
        """Count no time of the task any more."""
        self._began_at.pop(task.id, None)

    def watch(self, task: Task) -> None:
        """See to it that the attempt is woken when the task's time is up."""
        deadline = self.deadline(task)
        if deadline is not None:
            self._situation.wake_by(deadline)

    def is_up(self, task: Task, now: float) -> bool:
        """Tell whether the task has had its time."""
        deadline = self.deadline(task)
        return deadline is not None and now >= deadline

    def deadline(self, task: Task) -> float | None:
        """Return when the task's time is up, None where it has no limit or has not begun."""
        began = self._began_at.get(task.id)
        return None if task.timeout is None or began is None else began + task.timeout


def timed_out(task: Task, seen: Sighting | None = None) -> str:
    """Return what is said of a task whose time is up, with its object's last word where known."""
    said = f"timed out after {write_duration(task.timeout or 0)}"
    word = last_word(seen)
    return f"{said}: {word}" if word else said


def last_word(seen: Sighting | None) -> str:
    """Return what an object that is still on its way said last; empty where it said nothing."""
    health = seen.health if seen is not None else None
    return health.message if health and health.status in _ON_ITS_WAY else ""
