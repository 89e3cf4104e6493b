"""Tells listeners and the report what changed, by comparing the record with what was told before.

The engine does not announce its changes; it only has a record. To keep the work proportional to
what happened, only the tasks that an event, an action or a new stage touches are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from tenter.engine import (
    Decision,
    End,
    Event,
    Gone,
    Plan,
    PreflightEnded,
    Record,
    ResultStatus,
    Seen,
    StageKey,
    Task,
    TaskKind,
    TaskPhase,
    TerminateRequested,
    TimePassed,
    Wait,
    WaitKind,
)
from tenter.manifests import Key
from tenter.runner.progress import (
    AttemptEnded,
    AttemptPlanned,
    StageEntered,
    TaskChanged,
    WaitingFor,
)
from tenter.runner.report import HookReport, Report, TimelineEntry, note
from tenter.runner.surroundings import Surroundings

_State = tuple[TaskPhase, "ResultStatus | None", str]


class Narrator:
    """Narrates one attempt."""

    def __init__(
        self, surroundings: Surroundings, record: Record, report: Report, plan: Plan
    ) -> None:
        self.reason_of: Callable[[Key], str] = lambda _: ""
        """Says why a Pod of an object visibly waits."""
        self._surroundings = surroundings
        self._record = record
        self._tasks = {task.id: task for task in (*plan.tasks, *plan.skipped)}
        self._by_key: dict[Key, list[str]] = {}
        self._by_stage: dict[StageKey, list[str]] = {}
        for task in self._tasks.values():
            self._by_key.setdefault(task.key, []).append(task.id)
            self._by_stage.setdefault(StageKey(task.phase, task.wave), []).append(task.id)
        self._told: dict[str, _State] = {}
        self._cursor: StageKey | None = None
        self._waiting: object = None
        self._touched: dict[str, None] = {}
        number = record.attempt.number
        self._attempt = report.attempt(number, surroundings.now)
        surroundings.tell(AttemptPlanned(at=surroundings.now, number=number, plan=plan))
        # What a restart finds done already was told by the process before.
        for task_id, task in self._tasks.items():
            self._told[task_id] = self._state(task)

    def task(self, task_id: str) -> Task | None:
        """Return a task of the plan."""
        return self._tasks.get(task_id)

    def hook_report(self, task: Task) -> HookReport:
        """Return the report of the hook's run in this attempt, begun where there is none."""
        reports = self._attempt.hooks
        if task.id not in reports:
            reports[task.id] = HookReport(key=task.key, phase=task.phase.value)
        return reports[task.id]

    def happened(self, event: Event) -> None:
        """Note which tasks ``event`` may have changed, after the engine took it in."""
        match event:
            case Seen(sighting):
                self._touch(self._by_key.get(sighting.key, ()))
            case Gone(key):
                self._touch(self._by_key.get(key, ()))
            case PreflightEnded():
                self._touch(self._tasks)
            case TerminateRequested() | TimePassed():
                self._touch(self._stage_tasks())
            case _:
                task_id = getattr(event, "task_id", "")
                if task_id:
                    self._touch((task_id,))
                named: Key | None = getattr(event, "key", None)
                if named is not None:
                    self._touch(self._by_key.get(named, ()))

    def decided(self, decision: Decision) -> None:
        """Tell what changed up to and by this decision."""
        record = self._record
        if record.cursor is not None and record.cursor != self._cursor:
            self._touch(self._stage_tasks())
            self._cursor = record.cursor
            # How the stage before ended comes before this one's beginning.
            self._tell_touched(but=record.cursor)
            self._surroundings.tell(
                StageEntered(
                    at=self._surroundings.now, phase=record.cursor.phase, wave=record.cursor.wave
                )
            )
            self._touch(self._stage_tasks())
        for action in decision.actions:
            task = getattr(action, "task", None)
            if task is not None:
                self._touch((task.id,))
        if record.terminating or decision.end is not None:
            self._touch(self._tasks)
        self._tell_touched()
        waits = tuple(self._reasoned(wait) for wait in decision.waits)
        waiting = (decision.message, [(w.kind, w.key, w.detail, w.reason) for w in waits])
        if waiting != self._waiting and decision.end is None:
            self._waiting = waiting
            self._surroundings.tell(
                WaitingFor(at=self._surroundings.now, message=decision.message, waits=waits)
            )

    def _tell_touched(self, but: StageKey | None = None) -> None:
        """Tell the changes of the touched tasks, those of the stage ``but`` left for later."""
        later = dict.fromkeys(self._by_stage.get(but, ()) if but is not None else ())
        touched, self._touched = self._touched, {}
        for task_id in touched:
            if task_id in later:
                self._touched[task_id] = None
            else:
                self._tell_change(self._tasks[task_id])

    def _reasoned(self, wait: Wait) -> Wait:
        if wait.kind not in {WaitKind.HOOK, WaitKind.RESOURCE} or wait.key is None:
            return wait
        reason = self.reason_of(wait.key)
        return msgspec.structs.replace(wait, reason=reason) if reason else wait

    def ended(self, end: End) -> None:
        """Tell how the attempt ended."""
        now = self._surroundings.now
        self._attempt.ended_at = now
        self._attempt.phase = end.phase
        self._attempt.message = end.message
        self._surroundings.tell(
            AttemptEnded(
                at=now,
                number=self._record.attempt.number,
                phase=end.phase,
                message=end.message,
                retry_at=end.retry_at,
            )
        )

    def _touch(self, task_ids: Iterable[str]) -> None:
        for task_id in task_ids:
            if task_id in self._tasks:
                self._touched[task_id] = None

    def _stage_tasks(self) -> list[str]:
        return self._by_stage.get(self._cursor, []) if self._cursor is not None else []

    def _tell_change(self, task: Task) -> None:
        state = self._state(task)
        before = self._told.get(task.id)
        if state == before:
            return
        self._told[task.id] = state
        phase, status, message = state
        now = self._surroundings.now
        hook = task.kind is TaskKind.HOOK
        self._surroundings.tell(
            TaskChanged(
                at=now,
                task=task.id,
                key=task.key,
                phase=task.phase,
                wave=task.wave,
                hook=hook,
                state=phase,
                status=status,
                message=message,
            )
        )
        # The timeline keeps turns, not every word that a controller says of its progress.
        if before is None or (phase, status) != before[:2]:
            entry = TimelineEntry(at=now, task=task.id, state=phase, status=status, message=message)
            note(self._attempt, entry)
        if hook:
            self._report_hook(task, phase, message)

    def _report_hook(self, task: Task, phase: TaskPhase, message: str) -> None:
        state = self._record.hooks.get(task.id)
        report = self.hook_report(task)
        report.state = phase
        report.message = message
        if state is not None:
            report.started_at = state.started_at or None
            report.ended_at = state.ended_at

    def _state(self, task: Task) -> _State:
        result = self._record.results.get(task.id)
        hook = self._record.hooks.get(task.id)
        phase = TaskPhase.PENDING
        if hook is not None:
            phase = hook.phase
        elif result is not None and result.hook_phase is not None:
            phase = result.hook_phase
        message = result.message if result is not None else ""
        if hook is not None and (hook.phase.ended or not message):
            # While it runs its result has the latest word of its object.
            message = hook.message or message
        return phase, result.status if result is not None else None, message
