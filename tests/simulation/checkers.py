"""What must hold at every moment, whatever goes wrong, judged from the ledger alone.

Each check has a short name, under which a violation is told. The record is read only to know which
attempt is under way and what it claims; whether that is true the server's history says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.engine import OperationPhase, Record, TaskPhase
from tests.simulation.ledger import FAILED, SUCCEEDED, TRACKING, Ledger, Life
from tests.simulation.network import Network
from tests.simulation.scenarios import Part, Scenario
from tests.simulation.virtual_loop import Process

_SYNC_PHASES = ("PreSync", "Sync", "PostSync")
SLOWEST = 5.0
"""Seconds in which every request that is under way has arrived, after which nothing may come."""


class Violation(Exception):  # noqa: N818 - what the simulator looks for
    """Something happened that must never happen."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(f"{check}: {message}")
        self.check = check


class Checkers:
    """Watches the ledger. ``violated`` is called with the first thing that is wrong.

    ``terminate_asked`` holds the operations somebody asked to end; ``meddled`` says that others
    changed or deleted objects of the step under way; ``exempt`` counts the second creations by a
    runner that woke after its Lease had run out, the one window that is not promised, and
    ``untraceable`` those in place of an object that was gone before anybody could note it.
    """

    def __init__(
        self,
        scenario: Scenario,
        ledger: Ledger,
        network: Network,
        now: Callable[[], float],
        violated: Callable[[Violation], None],
    ) -> None:
        self.scenario = scenario
        self.ledger = ledger
        self.network = network
        self.exempt = 0
        self.untraceable = 0
        self.terminated = False
        self.meddled = False
        self.woken: dict[str, None] = {}
        self.attempts: dict[str, str] = {}
        self._exempted: dict[str, None] = {}
        self._terminating_since: dict[str, float] = {}
        self._now = now
        self._violated = violated
        ledger.on_event(self._witness)

    def new_step(self) -> None:
        """Forget what excused the operation before."""
        self.terminated = self.meddled = False
        self.network.refused.clear()
        self.network.hardships.clear()

    # Events

    def fail(self, check: str, message: str) -> None:
        self._violated(Violation(check, message))

    def _witness(self, word: str, life: Life | None, process: Process | None) -> None:
        record = self.ledger.saved.record
        if word == "saved":
            self._saved(record)
            return
        if life is None or process is None or record is None:
            return
        if life.revision < 0 and word in ("born", "adopted"):
            self._hook_began(life, process, record, created=word == "born")
        elif word == "applied":
            self._applied(life, process, record)
        elif word == "released":
            self._released(life, record)
        elif word == "deleting":
            self._deleting(life, process, record)

    def departed(self, process: Process, method: str, path: str) -> None:
        """A request that changes one of the application's objects leaves ``process``."""
        held = self.ledger.holder.startswith(f"{process.name} (")
        if not held and process.name not in self.woken:
            self.fail("lease", f"{process} sent {method} {path} without holding the Lease")

    # Hooks

    def _hook_began(self, life: Life, process: Process, record: Record, *, created: bool) -> None:
        attempt, _, phase = life.mark.rpartition(".")
        woken = process.name in self.woken
        if created:
            others = [
                other
                for other in self.ledger.of_attempt(attempt, life.part, phase)
                if other is not life and other.marks[0] == life.mark
            ]
            if others and woken:
                self.exempt += 1
                self._exempted[life.uid] = None
                return
            if others and all(self._left_no_trace(other) for other in others):
                self.untraceable += 1
            elif others:
                self.fail("once", f"{life} was created beside {others[0]} for {life.mark}")
            self._obeyed(life, process, record)
        if woken:
            return
        if attempt != record.attempt.mark or not any(
            state.key.name == life.name and task_id.startswith(f"{phase}/")
            for task_id, state in record.hooks.items()
        ):
            self.fail("saved-first", f"{life} for {life.mark} was created before that was saved")
            return
        if self._is_late(record):
            self.fail("terminate", f"{life} was created though the operation is terminating")
        if phase == "SyncFail":
            if not record.causes:
                self.fail("sync-fail", f"{life} was created though nothing failed")
            self._hooks_before(life, record, phase)
        elif phase in _SYNC_PHASES:
            self._everything_before(life, record, phase)
        else:
            self._delete_hook(life, phase)

    def _left_no_trace(self, life: Life) -> bool:
        """Tell whether others took the object away before its uid was ever saved."""
        return not life.alive and life.deleted_by is None and life.uid not in self.ledger.known

    def _obeyed(self, life: Life, process: Process, record: Record) -> None:
        """A process that begins after the end was asked for begins no hook."""
        asked = self.ledger.asked_to_end.get(record.operation)
        if asked is not None and process.born > asked:
            self.fail("terminate", f"{life} was created by {process.name}, long asked to end it")

    def _wave(self, part: Part, record: Record) -> int:
        return part.shapes[self.revision_of(record)].wave

    def revision_of(self, record: Record) -> int:
        """Return the index of the revision that the attempt works from."""
        text = record.attempt.revision
        if record.deletion:
            return len(self.scenario.parts[0].shapes) - 1  # delete hooks are the repository's now
        return int(text[0]) if text else len(self.scenario.parts[0].shapes) - 1

    def _hooks_before(self, life: Life, record: Record, phase: str) -> None:
        """SyncFail hooks of a later wave begin only after those before have succeeded."""
        mine = self._wave(self.scenario.part(life.part), record)
        for part in self._hooks(record, phase):
            if self._wave(part, record) < mine and not self._succeeded(part, record, phase):
                self.fail("order", f"{life} began before SyncFail hook {part.id} had succeeded")

    def _hooks(self, record: Record, phase: str) -> list[Part]:
        options = record.options
        if not options.run_hooks or (record.selection and not options.selective_hooks):
            return []
        revision = self.revision_of(record)
        return [
            part
            for part in self.scenario.parts
            if phase in part.types and part.shapes[revision].present
        ]

    def _ordinary(self, record: Record) -> list[Part]:
        revision = self.revision_of(record)
        chosen = [selected.name for selected in record.selection]
        return [
            part
            for part in self.scenario.parts
            if not part.is_hook
            and part.shapes[revision].present
            and (not chosen or part.name in chosen)
        ]

    def _succeeded(self, part: Part, record: Record, phase: str) -> bool:
        lives = self.ledger.of_attempt(record.attempt.mark, part.id, phase)
        return any(life.outcome == SUCCEEDED for life in lives)

    def _everything_before(self, life: Life, record: Record, phase: str) -> None:
        part = self.scenario.part(life.part)
        mine = (_SYNC_PHASES.index(phase), self._wave(part, record))
        for index, name in enumerate(_SYNC_PHASES):
            for other in self._hooks(record, name):
                earlier = (index, self._wave(other, record)) < mine
                if earlier and not self._succeeded(other, record, name):
                    self.fail("order", f"{life} began before {name} hook {other.id} had succeeded")
        for other in self._ordinary(record):
            if (1, self._wave(other, record)) < mine:
                self._is_applied_and_healthy(life, other, record)

    def _is_applied_and_healthy(self, life: Life, other: Part, record: Record) -> None:
        if self.meddled:
            return
        live = self.ledger.live(other.id)
        if not live:
            self.fail("order", f"{life} began before {other.id} was there")
        elif live[0].revision != self.revision_of(record):
            self.fail("order", f"{life} began before {live[0]} was applied")
        elif not live[0].was_healthy:
            self.fail("order", f"{life} began before {live[0]} was healthy")

    def _delete_hook(self, life: Life, phase: str) -> None:
        if phase == "PostDelete" and not self.meddled:
            for part in self.scenario.parts:
                for other in self.ledger.live(part.id):
                    if not part.is_hook and self._is_owned(other) and "Delete=" not in part.options:
                        self.fail("delete", f"{life} began before {other} was gone")

    # Ordinary objects

    def _applied(self, life: Life, process: Process, record: Record) -> None:
        if process.name in self.woken:
            return
        part = self.scenario.part(life.part)
        if record.deletion:
            self.fail("delete", f"{life} was applied though the application is being deleted")
            return
        if life.revision != self.revision_of(record):
            self.fail("revision", f"{life} was applied at revision {life.revision}, not the wanted")
            return
        if self._is_late(record):
            self.fail("terminate", f"{life} was applied though the operation is terminating")
        if part not in self._ordinary(record):
            self.fail("selection", f"{life} was applied though it was not chosen")
        self._everything_before(life, record, "Sync")

    def _is_late(self, record: Record) -> bool:
        """Tell whether what was under way when the end was asked for has arrived long ago."""
        asked = self._terminating_since.get(record.operation)
        return bool(record.terminating) and asked is not None and self._now() > asked + SLOWEST

    def _is_owned(self, life: Life) -> bool:
        annotations = life.object["metadata"].get("annotations") or {}
        return bool(annotations.get(TRACKING))

    # Ends

    def _released(self, life: Life, record: Record) -> None:
        """The finalizer goes only when the hook's result is saved."""
        if self.terminated or not life.mark.startswith(f"{record.attempt.mark}."):
            return
        for state in record.hooks.values():
            if state.uid == life.uid and state.phase.ended:
                return
        self.fail("result-first", f"{life} lost its finalizer before its result was saved")

    def _deleting(self, life: Life, process: Process, record: Record) -> None:
        if process.name in self.woken or self.terminated:
            return
        part = self.scenario.part(life.part)
        if part.is_hook:
            self._hook_deleted(life, part, record)
        elif record.deletion:
            self._cascaded(life, record)
        else:
            self._pruned(life, part, record)

    def _hook_deleted(self, life: Life, part: Part, record: Record) -> None:
        if self._is_held(life) and not self._was_hard:
            self.fail("result-first", f"{life} was deleted while it held the finalizer")
        policies = part.policies or ("BeforeHookCreation",)
        if record.deletion:
            return
        if not life.mark.startswith(f"{record.attempt.mark}."):
            if "BeforeHookCreation" not in policies:
                self.fail("policy", f"{life} of an earlier run was deleted under {policies}")
            return
        states = [state for state in record.hooks.values() if state.uid == life.uid]
        ended = [state for state in states if state.phase.ended]
        if not ended:
            self.fail("policy", f"{life} was deleted before its result was saved")
            return
        if len(part.types) > 1 and "BeforeHookCreation" in policies:
            return  # it makes room for itself in the next phase
        phases = [state.phase for state in ended]  # a hook of two phases may have ended in each
        wanted = {
            "HookSucceeded" if phase is TaskPhase.SUCCEEDED else "HookFailed" for phase in phases
        }
        if not wanted.intersection(policies):
            self.fail("policy", f"{life}, {phases}, was deleted under {policies}")

    def _pruned(self, life: Life, part: Part, record: Record) -> None:
        revision = self.revision_of(record)
        if not record.options.prune:
            self.fail("prune", f"{life} was pruned though nobody asked for that")
        elif part.shapes[revision].present:
            self.fail("prune", f"{life} was pruned though revision {revision} wants it")
        elif "Prune=false" in part.options:
            self.fail("prune", f"{life} was pruned in spite of Prune=false")
        elif not (self.meddled or _prunes_last(part, record)):
            self._prunes_before(life, part, record)

    def _prunes_before(self, life: Life, part: Part, record: Record) -> None:
        revision = self.revision_of(record)
        wave = _wave_of(life)
        targets = {prune.key.name for prune in record.attempt.prunes}
        for other in self.scenario.parts:
            if other is part or other.is_hook or other.shapes[revision].present:
                continue
            if "Prune=false" in other.options or _prunes_last(other, record):
                continue
            chosen = [selected.name for selected in record.selection]
            for live in self.ledger.live(other.id):
                if chosen and live.name not in chosen:
                    continue
                if live.name in targets and _wave_of(live) > wave:
                    self.fail("prune", f"{life} was pruned before {live} of a later wave was gone")

    def _cascaded(self, life: Life, record: Record) -> None:
        for part in self._hooks(record, "PreDelete"):
            lives = self._of_operation(record, part.id, "PreDelete")
            if not any(each.outcome == SUCCEEDED for each in lives):
                self.fail("delete", f"{life} was deleted before PreDelete hook {part.id} succeeded")
        if not self.meddled:
            wave = _wave_of(life)
            for other in self.ledger.lives.values():
                later = other.revision >= 0 and other.alive and _wave_of(other) > wave
                if later and self._is_owned(other):
                    self.fail("delete", f"{life} was deleted before {other} of a later wave")

    def _of_operation(self, record: Record, part: str, phase: str) -> list[Life]:
        return [
            life
            for life in self.ledger.lives.values()
            if life.part == part
            and life.mark.startswith(f"{record.operation}.")
            and life.phase == phase
        ]

    # What is claimed

    def _saved(self, record: Record | None) -> None:
        if record is None:
            return
        for task_id, state in record.hooks.items():
            if state.phase.ended:
                self._claim_is_true(task_id, state, record)
        if record.terminating:
            self._terminating_since.setdefault(record.operation, self._now())
        over = record.phase.ended or record.retry_at is not None
        if over and record.attempt.mark not in self.attempts:
            self.attempts[record.attempt.mark] = record.phase.value
            self._attempt_ended(record)

    def _claim_is_true(self, task_id: str, state: Any, record: Record) -> None:
        life = self.ledger.lives.get(state.uid)
        if state.phase is TaskPhase.SUCCEEDED:
            if life is None or life.outcome != SUCCEEDED:
                self.fail("truth", f"{task_id} is said to have succeeded, and has not")
            return
        if life is None or life.outcome == FAILED or self.terminated:
            return
        message = state.message
        if message.startswith("timed out"):
            self._time_is_up(task_id, state, record)
        elif "vanished" in message:
            if life.alive:
                self.fail("truth", f"{task_id} is said to have vanished, and {life} has not")
        elif "deleted by another" in message:
            if life.deletion is None:
                self.fail("truth", f"{task_id} is said to be deleted, and {life} is not")
        elif message != "Terminated" and not self.network.refused:
            self.fail("truth", f"{task_id} is said to have failed ({message}), and has not")

    def _time_is_up(self, task_id: str, state: Any, record: Record) -> None:
        part = self.scenario.part(self.ledger.lives[state.uid].part)
        options = record.options
        limits = [float(shape.timeout) for shape in part.shapes if shape.timeout]
        passed = (state.ended_at or 0.0) - state.started_at
        limit = min([*limits, *([options.hook_timeout] if options.hook_timeout else [])], default=0)
        whole = options.sync_timeout
        since = (state.ended_at or 0.0) - record.attempt.started
        if whole and since + 0.01 >= whole:
            return
        if passed + 0.01 < limit:
            self.fail("truth", f"{task_id} is said to have timed out after {passed:.1f} s")
        lived = (state.ended_at or 0.0) - self.ledger.lives[state.uid].born
        if lived + SLOWEST < limit:
            self.fail("truth", f"{task_id} is said to have timed out {lived:.1f} s after its birth")

    # Ends of attempts

    def _attempt_ended(self, record: Record) -> None:
        mark = record.attempt.mark
        for life in self.ledger.lives.values():
            left = self._is_held(life) and life.mark.startswith(f"{mark}.")
            if left and "clean" not in record.message and not self._was_hard:
                self.fail("finalizer", f"{life} holds the finalizer after {mark} has ended")
        self._policies_carried_out(record)
        if record.deletion:
            return
        if record.phase is OperationPhase.SUCCEEDED:
            self._success_is_true(record)
        elif not (record.terminating or record.fatal):
            self._failure_is_true(record)

    @property
    def _was_hard(self) -> bool:
        """Whether the network was so bad that a client may have given a request up."""
        return bool(self.network.hardships.get(("", "", "")))

    def _is_held(self, life: Life) -> bool:
        return life.alive and life.held and life.uid not in self._exempted

    def _policies_carried_out(self, record: Record) -> None:
        if self._was_hard or record.deletion:
            return
        for task_id, state in record.hooks.items():
            life = self.ledger.lives.get(state.uid)
            if life is None or not life.alive or life.deletion is not None:
                continue
            policies = self.scenario.part(life.part).policies
            success = state.phase is TaskPhase.SUCCEEDED
            if ("HookSucceeded" if success else "HookFailed") in policies:
                self.fail("policy", f"{task_id} is {state.phase} under {policies} and still there")

    def _success_is_true(self, record: Record) -> None:
        for life in self.ledger.of_attempt(record.attempt.mark, phase="SyncFail"):
            self.fail("sync-fail", f"{life} ran in an attempt that succeeded")
        for phase in _SYNC_PHASES:
            for part in self._hooks(record, phase):
                if not self._succeeded(part, record, phase):
                    self.fail("truth", f"the sync succeeded without {phase} hook {part.id}")
        if self.meddled:
            return
        revision = self.revision_of(record)
        for part in self._ordinary(record):
            live = self.ledger.live(part.id)
            if not live or live[0].revision != revision:
                self.fail("truth", f"the sync succeeded without {part.id} at revision {revision}")
        if record.options.prune and not record.selection:
            self._pruned_all(record)

    def _pruned_all(self, record: Record) -> None:
        revision = self.revision_of(record)
        for part in self.scenario.parts:
            if part.is_hook or part.shapes[revision].present or "Prune=false" in part.options:
                continue
            for life in self.ledger.live(part.id):
                if self._is_owned(life) and "prune" not in record.message:
                    self.fail("prune", f"the sync succeeded and {life}, not wanted, is there")

    def _failure_is_true(self, record: Record) -> None:
        mark = record.attempt.mark
        expected = self._hooks(record, "SyncFail")
        error = record.message.startswith("ComparisonError")
        if expected and not error and not self._was_hard:
            first = min(self._wave(part, record) for part in expected)
            for part in expected:
                if self._wave(part, record) != first:
                    continue
                if not self.ledger.of_attempt(mark, part.id, "SyncFail") and not self._excused(
                    record, part
                ):
                    self.fail("sync-fail", f"{mark} failed and SyncFail hook {part.id} did not run")
        if not self._has_cause(record):
            self.fail("truth", f"{mark} failed for no reason: {record.message}")

    def _excused(self, record: Record, part: Part) -> bool:
        """Tell whether the SyncFail hook was tried and could not be created."""
        return any(
            state.phase is TaskPhase.FAILED and not state.uid and state.key.name.startswith(part.id)
            for state in record.hooks.values()
        )

    def _has_cause(self, record: Record) -> bool:
        lives = self.ledger.of_attempt(record.attempt.mark)
        if any(life.outcome == FAILED for life in lives) or self.network.refused:
            return True
        if self._was_hard or self.meddled or record.options.sync_timeout:
            return True
        if any(life.alive and life.was_degraded for life in self.ledger.lives.values()):
            return True
        return "timed out" in record.message and (
            record.options.hook_timeout is not None
            or any(shape.timeout for part in self.scenario.parts for shape in part.shapes)
        )

    # Ends of steps

    def step_ended(self, outcome: Any) -> None:
        """Check what must hold when an operation is over and its process has said so."""
        record = self.ledger.saved.record
        same = record is not None and outcome.record.operation == record.operation
        if record is not None and same and outcome.phase is not record.phase:
            self.fail("truth", f"the user was told {outcome.phase}, saved was {record.phase}")
        hard = self._was_hard or "clean" in outcome.message
        for life in self.ledger.lives.values():
            if self._is_held(life) and not hard:
                self.fail("finalizer", f"{life} holds the finalizer after its operation has ended")
        if outcome.record.deletion:
            if outcome.phase is OperationPhase.SUCCEEDED:
                self._deleted()
            return
        named = {key.name for key in self.ledger.saved.inventory.objects}
        for life in self.ledger.lives.values():
            owned = life.alive and life.revision >= 0 and self._is_owned(life)
            if owned and life.name not in named:
                self.fail("inventory", f"{life} is there and the inventory does not know it")

    def _deleted(self) -> None:
        if self.ledger.saved.about is not None:
            self.fail("delete", "the application was deleted and its state is there")
        for life in self.ledger.lives.values():
            part = self.scenario.part(life.part)
            if not life.alive or self.meddled:
                continue
            if life.revision >= 0 and self._is_owned(life) and "Delete=" not in part.options:
                self.fail("delete", f"the application was deleted and {life} is there")


def _wave_of(life: Life) -> int:
    annotations = life.object["metadata"].get("annotations") or {}
    return int(annotations.get("argocd.argoproj.io/sync-wave", 0))


def _prunes_last(part: Part, record: Record) -> bool:
    return record.options.objects.prune_last or "PruneLast=true" in part.options
