"""One attempt of an operation as a state machine: events go in, decisions come out.

``advance`` takes one thing that happened; ``decide`` says what to do about all of them. Neither
does anything itself, and both depend on nothing but their arguments and the record, so that every
state can be reached in a test and every run can be replayed.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from tenter.engine import events as ev
from tenter.engine.course import Course
from tenter.engine.decision import Decision, End, Wait, WaitKind
from tenter.engine.endings import TERMINATED, Failing, reason
from tenter.engine.options import PreflightMode
from tenter.engine.record import OperationPhase, Record, ResultStatus
from tenter.engine.results import note_applied, note_failed_to_apply, outcome_message, result_of
from tenter.engine.retrying import note_end, with_retry
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Plan
from tenter.engine.termination import terminate
from tenter.manifests import Key


class Attempt:
    """One attempt under way.

    ``saved_version`` is the record's version that is known to be saved: -1 for a new attempt, of
    which nothing may be done before its first save; the loaded version after a restart.
    """

    def __init__(self, plan: Plan, record: Record, saved_version: int = -1) -> None:
        self.plan = plan
        self.record = record
        self._situation = Situation(plan, record, saved_version)
        self._course = Course(self._situation)
        self._started = False
        self._quiet_since = 0.0

    def decide(self, now: float) -> Decision:
        """Return what to do now, what is waited for, or how the attempt ended."""
        situation = self._situation
        if not self._started and not self._can_end_unseen():
            return Decision(save=situation.save_needed, message="reading the cluster")
        if situation.alarm_rang(now):
            self._course.check_deadlines(now)
            for key in situation.take_readable_again(now):
                self._touch(key)
        if self.record.terminating:
            end = terminate(situation, self._course.stage, now)
        else:
            end = self._course.follow(now)
        if end is not None:
            return self._ended(end, now)
        return Decision(
            actions=situation.take_actions(),
            save=situation.save_needed,
            waits=self._waits(now),
            wake_at=situation.next_alarm,
            message=self._message(),
        )

    def advance(self, event: ev.Event, now: float) -> None:  # noqa: PLR0912, PLR0915 - one case an event
        """Take in one thing that happened; ``now`` is in Unix seconds."""
        situation = self._situation
        self._quiet_since = now
        match event:
            case ev.Seen():
                self._seen(event)
            case ev.Gone():
                self._gone(event)
            case ev.Applied():
                self._applied(event, now)
            case ev.HookCreated(task_id, sighting):
                self._hook_found(task_id, sighting, now)
            case ev.HookExists(task_id, sighting):
                self._hook_found(task_id, sighting)
            case ev.HookApplied():
                self._hook_applied(event, now)
            case ev.TaskFailed():
                self._task_failed(event, now)
            case ev.HookReleased(key, uid):
                self._released(key, uid)
            case ev.ReleaseFailed(key, uid, message):
                situation.answered(("release", uid))
                situation.refused_releases[uid] = message
                situation.refused(key)
                if self._course.stage:
                    self._course.stage.prune_refused(key, message)
            case ev.DeleteRequested(key, uid):
                self._delete_requested(key, uid)
            case ev.DeleteFailed(key, message):
                self._delete_failed(key, message)
            case ev.ConfirmFailed(key, message):
                situation.confirm_failed(key, message, now)
                self._touch(key)
            case ev.Saved(version):
                situation.saved_version = max(situation.saved_version, version)
            case ev.NamespaceReady():
                situation.answered(("namespace",))
                self._course.namespace_ready = True
            case ev.NamespaceFailed(message):
                situation.answered(("namespace",))
                self._course.fail(Failing.APPLY, [message])
            case ev.PreflightEnded():
                self._preflight_ended(event)
            case ev.DiscoveryRefreshed():
                situation.answered(("discovery",))
                if self._course.stage:
                    self._course.stage.discovered()
            case ev.PruningConfirmed():
                self.record.confirmed = True
                situation.changed()
            case ev.TerminateRequested(message):
                self._terminate_requested(message)
            case ev.AttemptStarted():
                self._started = True
            case ev.TimePassed():
                pass
            case _:
                assert_never(event)

    # What was seen

    def _can_end_unseen(self) -> bool:
        """Tell whether terminating needs no look at the cluster: every hook's object is known."""
        hooks = self.record.hooks.values()
        return bool(self.record.terminating) and all(
            state.uid or state.phase.ended for state in hooks
        )

    def _see(self, sighting: Sighting) -> None:
        self._situation.was_read(sighting.key)
        self._situation.live[sighting.key] = sighting
        self._situation.confirmed_absent.pop(sighting.key, None)
        self._situation.departed.pop(sighting.key, None)
        self._touch(sighting.key)

    def _touch(self, key: Key) -> None:
        if self._course.stage:
            self._course.stage.touch(key)
        self._course.gate.touch(key)

    def _seen(self, event: ev.Seen) -> None:
        if event.confirmed:
            self._situation.answered(("confirm", event.sighting.key))
        self._see(event.sighting)

    def _gone(self, event: ev.Gone) -> None:
        situation = self._situation
        if event.confirmed:
            situation.answered(("confirm", event.key))
            situation.confirmed_absent[event.key] = None
            situation.was_read(event.key)
        live = situation.live.get(event.key)
        if live is not None and (event.confirmed or event.uid in {"", live.uid}):
            del situation.live[event.key]
            situation.departed[event.key] = live.uid
        for task_id, state in situation.hooks_on(event.key):
            gone = event.uid == state.uid if event.uid else event.confirmed
            if state.uid and gone and state.phase.ended and not state.released:
                state.released = True
                situation.changed(task_id)
        self._touch(event.key)

    # What was answered

    def _applied(self, event: ev.Applied, now: float) -> None:
        task = self._situation.tasks[event.task_id]
        self._situation.answered(("apply", task.id))
        note_applied(self.record, task, event.outcome, event.images)
        self._see(event.sighting)
        if self._course.stage:
            self._course.stage.applied(task, now)

    def _hook_found(self, task_id: str, sighting: Sighting, now: float | None = None) -> None:
        task = self._situation.tasks[task_id]
        self._situation.answered(("create", task_id))
        self._see(sighting)
        if self._course.stage:
            self._course.stage.hook_found(task, sighting, now)

    def _hook_applied(self, event: ev.HookApplied, now: float) -> None:
        self._situation.answered(("apply", event.task_id))
        self._see(event.sighting)
        if self._course.stage:
            task = self._situation.tasks[event.task_id]
            self._course.stage.created(task, event.sighting, event.outcome, now)

    def _task_failed(self, event: ev.TaskFailed, now: float) -> None:
        for kind in ("apply", "create"):
            self._situation.answered((kind, event.task_id))
        if self._course.stage:
            task = self._situation.tasks[event.task_id]
            self._course.stage.apply_failed(task, event.message, now)

    def _released(self, key: Key, uid: str) -> None:
        situation = self._situation
        situation.answered(("release", uid))
        for task_id, state in situation.hooks_on(key):
            if state.uid == uid and state.phase.ended and not state.released:
                state.released = True
                situation.changed(task_id)
        live = situation.live.get(key)
        if live is not None and live.uid == uid:
            situation.live[key] = msgspec.structs.replace(live, finalizer=False)
        self._touch(key)

    def _delete_requested(self, key: Key, uid: str) -> None:
        situation = self._situation
        situation.answered(("delete", key, uid))
        for task_id, state in situation.hooks_on(key):
            if state.uid == uid and state.phase.ended and not state.deleted:
                state.deleted = True
                situation.changed(task_id)
        live = situation.live.get(key)
        if live is not None and uid in {"", live.uid}:
            situation.live[key] = msgspec.structs.replace(live, deleting=True)
        self._touch(key)

    def _delete_failed(self, key: Key, message: str) -> None:
        situation = self._situation
        for token in [token for token in situation.asked if token[:2] == ("delete", key)]:
            situation.answered(token)
            situation.refused_deletes[str(token[2])] = message
        situation.refused(key)
        if self._course.stage:
            self._course.stage.prune_refused(key, message)

    def _preflight_ended(self, event: ev.PreflightEnded) -> None:
        situation, record = self._situation, self.record
        situation.answered(("preflight",))
        record.checked = True
        situation.changed()
        if record.options.dry_run:
            for task_id, outcome in event.outcomes.items():
                result = result_of(record, situation.tasks[task_id])
                result.status = ResultStatus.SYNCED
                result.message = f"{outcome_message(result.key, outcome)} (dry run)"
        for task_id, message in event.errors.items():
            note_failed_to_apply(record, situation.tasks[task_id], message)
        if event.errors:
            # A client's check is not yet the sync: the reference runs no SyncFail hooks after it.
            record.fatal = record.options.preflight is PreflightMode.CLIENT
            self._course.fail(
                Failing.DRY_RUN,
                [reason(situation.tasks[i], message) for i, message in event.errors.items()],
            )

    def _terminate_requested(self, message: str) -> None:
        if not self.record.terminating and not self.record.phase.ended:
            self.record.terminating = message or TERMINATED
            self.record.phase = OperationPhase.TERMINATING
            self._situation.changed()

    # The end, and what people are told

    def _ended(self, end: End, now: float) -> Decision:
        end = with_retry(self.record, end, now)
        note_end(self.record, end, now)
        return Decision(end=end, message=end.message, save=True)

    def _waits(self, now: float) -> tuple[Wait, ...]:
        waits = self._course.waits(now)
        if waits:
            return waits
        if self._situation.asked:
            return (Wait(kind=WaitKind.REQUEST, since=self._quiet_since),)
        if self._situation.save_needed:
            return (Wait(kind=WaitKind.SAVE, since=self._quiet_since),)
        return ()

    def _message(self) -> str:
        if self.record.terminating:
            return "operation is terminating"
        return self._course.message()
