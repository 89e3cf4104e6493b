"""PostSync hooks start only when every resource of the application is healthy now.

Each stage has awaited its own resources, but one that was healthy may have fallen since, and a
smoke test against it would tell nothing. The gate looks at all of them once more.
"""

from __future__ import annotations

from tenter.engine.decision import Wait, WaitKind
from tenter.engine.endings import reason
from tenter.engine.judging import SettleGuard, judge_resource
from tenter.engine.record import TaskPhase
from tenter.engine.results import note_health
from tenter.engine.situation import Situation
from tenter.engine.tasks import Task, TaskKind
from tenter.engine.time_limits import TimeLimits, timed_out
from tenter.engine.waiting import wait_message, waits_of
from tenter.manifests import Key


class PostSyncGate:
    """Watches the ordinary resources of a plan; work is proportional to what changed."""

    def __init__(self, situation: Situation, guard: SettleGuard) -> None:
        self._situation = situation
        self._guard = guard
        self._by_key = {
            task.key: task for task in situation.plan.tasks if task.kind is TaskKind.APPLY
        }
        self._dirty: dict[Key, Task] = dict(self._by_key)
        self._unhealthy: dict[str, Task] = {}
        self._limits = TimeLimits(situation)

    def touch(self, key: Key) -> None:
        """Note that the object of this key was seen anew."""
        task = self._by_key.get(key)
        if task is not None:
            self._dirty[key] = task

    def recheck(self) -> None:
        """Judge anew what was held back until it has settled."""
        self._dirty.update((task.key, task) for task in self._unhealthy.values())

    def judge(self, now: float) -> tuple[bool, list[str]]:
        """Return whether all resources are healthy, and the reasons why some will not be."""
        failures = []
        dirty, self._dirty = self._dirty, {}
        for key, task in dirty.items():
            failure = self._judge(key, task, now)
            if failure:
                failures.append(failure)
        return not self._unhealthy, failures

    def waits(self, now: float) -> tuple[Wait, ...]:
        """Return what the gate waits for."""
        return waits_of(
            self._situation,
            [(WaitKind.RESOURCE, self._unhealthy)],
            since=lambda task: self._limits.since(task, now),
            deadline=self._limits.deadline,
        )

    def message(self) -> str:
        """Return the first of the waits in words."""
        return wait_message([(WaitKind.RESOURCE, self._unhealthy)])

    def _judge(self, key: Key, task: Task, now: float) -> str:
        sighting = self._situation.live.get(key)
        if sighting is None:
            if key in self._situation.confirmed_absent:
                note_health(self._situation.record, task, TaskPhase.FAILED, "it vanished")
                return reason(task, "it vanished")
            if key in self._situation.unreadable:
                message = f"it cannot be read: {self._situation.unreadable[key]}"
                note_health(self._situation.record, task, TaskPhase.FAILED, message)
                return reason(task, message)
            self._situation.confirm(key)
            return self._hold(task, now)
        if not self._guard.counts(sighting, self._situation, now):
            return self._hold(task, now)
        verdict = judge_resource(sighting)
        note_health(self._situation.record, task, verdict.phase, verdict.message)
        if verdict.phase is TaskPhase.SUCCEEDED:
            self._unhealthy.pop(task.id, None)
            self._limits.forget(task)
            return ""
        late = self._hold(task, now)
        return reason(task, verdict.message) if verdict.phase is TaskPhase.FAILED else late

    def _hold(self, task: Task, now: float) -> str:
        """Wait for the task's object; return why it is waited for no longer, where it is late."""
        self._unhealthy[task.id] = task
        self._limits.since(task, now)
        if not self._limits.is_up(task, now):
            self._limits.watch(task)
            return ""
        message = timed_out(task, self._situation.live.get(task.key))
        note_health(self._situation.record, task, TaskPhase.FAILED, message)
        return reason(task, message)
