"""The course of an attempt: which part of it is under way, and when the next one begins.

Prepare the namespace, check everything, run the stages; after a failure run the SyncFail stages;
then clean up. A restart enters it at the record's cursor.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from tenter.engine.actions import Preflight, PrepareNamespace
from tenter.engine.clean_up import (
    delete_by_policy,
    refusals,
    release_ended,
    retire_unplanned,
)
from tenter.engine.decision import End, Wait
from tenter.engine.durations import write_duration
from tenter.engine.endings import (
    ALL_TASKS_RUN,
    NO_MORE_TASKS,
    Failing,
    failure_message,
    reason,
    with_left,
)
from tenter.engine.judging import SettleGuard
from tenter.engine.options import PreflightMode
from tenter.engine.post_sync_gate import PostSyncGate
from tenter.engine.record import OperationPhase
from tenter.engine.results import note_pruned, note_skipped
from tenter.engine.situation import Situation
from tenter.engine.stage_run import StageRun
from tenter.engine.tasks import Phase, Stage, TaskKind

COMPATIBLE_WAVE_DELAY = 2.0
"""Seconds that Argo CD waits between waves; only with ``Compatibility=argocd``."""


class _Step(enum.Enum):
    PREPARE = enum.auto()
    CHECK = enum.auto()
    ENTER = enum.auto()
    STAGES = enum.auto()
    FAIL_STAGES = enum.auto()
    CLEAN_UP = enum.auto()


class Course:
    """Takes an attempt from part to part; ``stage`` is the one under way."""

    def __init__(self, situation: Situation) -> None:
        self.stage: StageRun | None = None
        self.namespace_ready = not situation.record.options.create_namespace
        self._situation = situation
        self._record = situation.record
        self._plan = situation.plan
        self._guard = SettleGuard()
        self.gate = PostSyncGate(situation, self._guard)
        self._step = _Step.PREPARE
        self._coming: list[Stage] = []
        self._all_tasks_run = False
        self._wave_delay_until: float | None = None

    def fail(self, failing: Failing, reasons: Iterable[str]) -> None:
        """Note why the attempt fails; the first failure says how the message begins."""
        if not self._record.causes:
            self._record.causes.append(failing.value)
            self._record.failed_at = self._record.cursor
        # A restart finds the same failures again.
        known = dict.fromkeys(self._record.causes)
        self._record.causes.extend(text for text in reasons if text not in known)
        self._situation.changed()

    def follow(self, now: float) -> End | None:
        """Do all that can be done now; return the end once there is nothing left."""
        release_ended(self._situation)
        if self._step is _Step.PREPARE and self._prepared():
            self._step = _Step.CHECK
        if self._step is _Step.CHECK and self._checked():
            self._step = _Step.ENTER
        if self._step is _Step.ENTER and self._situation.begun:
            self._enter(now)
        if self._step in {_Step.STAGES, _Step.FAIL_STAGES}:
            self._run_stages(now)
        return self._clean_up() if self._step is _Step.CLEAN_UP else None

    def check_deadlines(self, now: float) -> None:
        """Fail what has run too long, and judge anew what had to settle: an alarm rang."""
        if self.stage is not None:
            self.stage.check_deadlines(now)
        self.gate.recheck()

    # Before the stages

    def _prepared(self) -> bool:
        if self.namespace_ready or self._record.causes or self._record.options.dry_run:
            return True
        if self._situation.begun:
            self._situation.ask(("namespace",), PrepareNamespace())
        return False

    def _checked(self) -> bool:
        options = self._record.options
        wanted = options.preflight is not PreflightMode.NONE and not self._record.deletion
        if wanted and not self._record.checked and not self._record.causes:
            if ("preflight",) in self._situation.asked:
                return False
            tasks = tuple(task for task in self._plan.tasks if task.kind is not TaskKind.PRUNE)
            if tasks:
                self._situation.ask(("preflight",), Preflight(tasks))
                return False
        return True

    def _enter(self, now: float) -> None:
        """Go to the stage at the cursor, or to the failing that a restart found begun."""
        record = self._record
        retire_unplanned(self._situation, now)
        for task in self._plan.skipped:
            note_skipped(record, task)
        if record.options.dry_run:
            self._step = _Step.CLEAN_UP
            for task in self._plan.tasks:
                if task.kind is TaskKind.PRUNE:
                    note_pruned(record, task, "pruned (dry run)")
        elif not record.causes:
            self._step = _Step.STAGES
            self._coming = _from_cursor(self._plan.stages, record.cursor)
        elif record.cursor is not None and record.cursor.phase is Phase.SYNC_FAIL:
            self._step = _Step.FAIL_STAGES
            self._coming = _from_cursor(self._plan.fail_stages, record.cursor)
        else:
            self._begin_failing()
            for stage in self._plan.stages:
                if stage.key == record.cursor:
                    self.stage = StageRun(self._situation, stage, self._guard, only_await=True)

    # Stages

    def _run_stages(self, now: float) -> None:
        while True:
            if self.stage is not None:
                self._check_sync_timeout(now)
                self.stage.step(now)
                if not self.stage.complete:
                    return
                self._end_stage(self.stage, now)
            if not self._coming:
                self._step = _Step.CLEAN_UP
                return
            if self._wave_delayed(now) or not self._gate_is_open(now):
                return
            if self._coming:
                self._begin_stage(self._coming.pop(0))

    def _begin_stage(self, stage: Stage) -> None:
        self.stage = StageRun(self._situation, stage, self._guard)
        cursor = self._record.cursor
        self._record.cursor = stage.key
        # Waves of ordinary resources may be applied twice after a crash, which changes nothing;
        # only a new phase is worth a save of its own.
        if cursor is None or cursor.phase is not stage.key.phase:
            self._situation.changed()

    def _end_stage(self, run: StageRun, now: float) -> None:
        self.stage = None
        self._all_tasks_run = not run.stage.awaits_resources and not run.has_hooks
        failures = [*run.refused, *run.failed]
        if failures:
            kind = Failing.TASKS if run.failed else Failing.APPLY
            self.fail(kind, [reason(task, message) for task, message in failures])
        if run.stage.key.phase is Phase.SYNC_FAIL:
            if failures:
                self._coming = []
        elif self._record.causes:
            self._begin_failing()
        elif self._record.options.argocd_compatible and self._coming:
            self._wave_delay_until = now + COMPATIBLE_WAVE_DELAY

    def _begin_failing(self) -> None:
        self._step = _Step.FAIL_STAGES
        self._coming = [] if self._record.fatal else list(self._plan.fail_stages)

    def _wave_delayed(self, now: float) -> bool:
        if self._wave_delay_until is None or now >= self._wave_delay_until:
            self._wave_delay_until = None
            return False
        self._situation.wake_by(self._wave_delay_until)
        return True

    @property
    def at_gate(self) -> bool:
        """Whether PostSync is next and waits for every resource to be healthy."""
        waits = self.stage is None and self._step is _Step.STAGES and bool(self._coming)
        if not waits or self._coming[0].key.phase is not Phase.POST_SYNC:
            return False
        # A stage that a restart finds begun has passed the gate; its hooks are owed an end.
        begun = [self._situation.hook_of(task) for task in self._coming[0].tasks]
        return not any(begun)

    def _gate_is_open(self, now: float) -> bool:
        if not self.at_gate:
            return True
        healthy, failures = self.gate.judge(now)
        if self._check_sync_timeout(now):
            self._begin_failing()
            return True
        if failures:
            self.fail(Failing.TASKS, failures)
            self._begin_failing()
            return True
        return healthy

    def _check_sync_timeout(self, now: float) -> bool:
        """Fail what runs when the sync has taken too long; SyncFail hooks have their own limits."""
        limit = self._record.options.sync_timeout
        if limit is None or self._step is not _Step.STAGES or self._record.causes:
            return False
        deadline = self._record.attempt.started + limit
        if now < deadline:
            self._situation.wake_by(deadline)
            return False
        waited = self.message()
        detail = next((wait.detail for wait in self.waits(now) if wait.detail), "")
        waited = f"{waited} ({detail})" if waited and detail else waited
        message = f"timed out after {write_duration(limit)}"
        if self.stage is not None:
            self.stage.stop(message, now, resources=True)
        self.fail(Failing.TASKS, [f"the sync {message}{f', {waited}' if waited else ''}"])
        return True

    # The end

    def _clean_up(self) -> End | None:
        situation, record = self._situation, self._record
        failed = bool(record.causes)
        owed = release_ended(situation)
        owed = delete_by_policy(situation, failed=failed) or owed
        if owed or situation.awaits_changes():
            return None
        left = refusals(situation)
        if left and record.deletion and not failed:
            self.fail(Failing.TASKS, [f"clean-up of {text}" for text in left])
        if record.causes:
            failing, *reasons = record.causes
            message = failure_message(Failing(failing), reasons)
            return End(phase=OperationPhase.FAILED, message=with_left(message, left))
        message = ALL_TASKS_RUN if self._all_tasks_run else NO_MORE_TASKS
        return End(phase=OperationPhase.SUCCEEDED, message=with_left(message, left))

    # For people

    def waits(self, now: float) -> tuple[Wait, ...]:
        """Return what the stage or the gate waits for."""
        if self.stage is not None:
            return self.stage.waits(now)
        return self.gate.waits(now) if self.at_gate else ()

    def message(self) -> str:
        """Return the first of the waits in words."""
        if self.stage is not None:
            return self.stage.message()
        return self.gate.message() if self.at_gate else ""


def _from_cursor(stages: tuple[Stage, ...], cursor: object) -> list[Stage]:
    keys = [stage.key for stage in stages]
    return list(stages[keys.index(cursor) :]) if cursor in keys else list(stages)
