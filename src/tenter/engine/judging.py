"""From a sighting to a verdict on the task: whether it has ended, and how.

Hooks and resources are judged differently: a hook must end, a resource must become healthy.
"""

from __future__ import annotations

import msgspec

from tenter.engine.record import TaskPhase
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.health import Health, HealthStatus
from tenter.manifests import Key

SETTLE_SECONDS = 2.0
"""How long a provisional verdict must stand before it counts (design: the settle guard)."""


class Verdict(msgspec.Struct, frozen=True):
    """How a task stands by its live object, and the object's own word for it."""

    phase: TaskPhase
    message: str = ""


def judge_hook(sighting: Sighting) -> Verdict:
    """Return how a hook stands: its health decides."""
    health = sighting.health
    if health is None:
        return Verdict(TaskPhase.SUCCEEDED)
    if health.status is HealthStatus.HEALTHY:
        return Verdict(TaskPhase.SUCCEEDED, health.message)
    if health.status in {HealthStatus.DEGRADED, HealthStatus.UNKNOWN}:
        return Verdict(TaskPhase.FAILED, health.message or f"it is {health.status}")
    if sighting.deleting and not sighting.active:
        return Verdict(TaskPhase.FAILED, "deleted by another")
    return Verdict(TaskPhase.RUNNING, health.message)


def judge_resource(sighting: Sighting) -> Verdict:
    """Return how an ordinary resource stands: Healthy ends the wait, Degraded fails it."""
    health = sighting.health
    if health is None:
        return Verdict(TaskPhase.SUCCEEDED)
    if health.status is HealthStatus.HEALTHY:
        return Verdict(TaskPhase.SUCCEEDED, health.message)
    if health.status is HealthStatus.DEGRADED:
        return Verdict(TaskPhase.FAILED, health.message or "it is Degraded")
    return Verdict(TaskPhase.RUNNING, health.message)


class SettleGuard:
    """Holds provisional verdicts back until they have stood long enough."""

    def __init__(self) -> None:
        self._since: dict[Key, tuple[str, Health | None, float]] = {}

    def counts(self, sighting: Sighting, situation: Situation, now: float) -> bool:
        """Tell whether the sighting's verdict counts at ``now``; if not, an alarm is set."""
        if not sighting.provisional:
            self._since.pop(sighting.key, None)
            return True
        status = Health(sighting.health.status) if sighting.health else None
        uid, health, since = self._since.get(sighting.key, ("", None, now))
        if (uid, health) != (sighting.uid, status):
            since = now
            self._since[sighting.key] = (sighting.uid, status, now)
        if now >= since + SETTLE_SECONDS:
            return True
        situation.wake_by(since + SETTLE_SECONDS)
        return False
