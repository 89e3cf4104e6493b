"""A hook's state in the record: intended, created, ended, refused or abandoned.

Each function changes the state and the result that people see together, and has the record saved.
When which of them is due, the stage knows.
"""

from __future__ import annotations

from tenter.engine.clearing import release_leftover
from tenter.engine.judging import Verdict
from tenter.engine.record import HookState, TaskPhase
from tenter.engine.results import note_failed_to_apply, note_hook, outcome_message
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Task


def intend(situation: Situation, task: Task, now: float) -> None:
    """Note that the hook is about to be created; nothing is done before that is saved."""
    situation.record.hooks[task.id] = HookState(key=task.key, started_at=now)
    situation.changed(task.id)


def note_created(
    situation: Situation, task: Task, sighting: Sighting, outcome: str, now: float | None = None
) -> None:
    """Note that the hook's own object is there; ``now`` where it was created this moment."""
    state = situation.record.hooks[task.id]
    state.started_at = now if now is not None else max(state.started_at, sighting.created_at)
    state.created = True
    state.uid = sighting.uid
    state.phase = TaskPhase.RUNNING
    state.message = outcome_message(task.key, outcome)
    note_hook(situation.record, task, state)
    situation.changed(task.id)


def note_ended(situation: Situation, task: Task, verdict: Verdict, now: float) -> None:
    """Note how a hook ended; an ordinary resource has no state."""
    state = situation.hook_of(task)
    if state is None:
        return
    state.phase = verdict.phase
    state.message = verdict.message or state.message
    state.ended_at = now
    situation.changed(task.id)


def note_refused(situation: Situation, task: Task, message: str, now: float) -> None:
    """Note that a hook could not be created, or an ordinary resource not be applied."""
    note_failed_to_apply(situation.record, task, message)
    state = situation.hook_of(task)
    if state is None:
        return
    state.phase = TaskPhase.FAILED
    state.message = message
    state.ended_at = now
    state.released = not state.uid
    situation.changed(task.id)
    left = situation.live.get(task.key)
    if left is not None and left.finalizer and not state.uid:
        # What stays there is no hook of ours; the finalizer that an earlier run left goes.
        release_leftover(situation, task)


def note_abandoned(situation: Situation, task: Task, message: str, now: float) -> None:
    """Note that a hook which was to be created never will be."""
    state = situation.record.hooks[task.id]
    state.phase = TaskPhase.FAILED
    state.message = message
    state.ended_at = now
    state.released = True
    note_hook(situation.record, task, state)
    situation.changed(task.id)
