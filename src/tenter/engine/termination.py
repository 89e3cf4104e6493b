"""Terminate: everything that runs is ended, nothing new begins, and no SyncFail hook runs.

It needs no save: a terminated operation has nothing to go on with, and a record that cannot be
saved must not keep the user's hooks alive.
"""

from __future__ import annotations

from tenter.engine.clean_up import delete_by_policy, delete_hook, refusals, release_ended
from tenter.engine.clearing import mark_of
from tenter.engine.decision import End
from tenter.engine.endings import with_left
from tenter.engine.record import HookState, OperationPhase, TaskPhase
from tenter.engine.results import note_hook
from tenter.engine.situation import Situation
from tenter.engine.stage_run import StageRun

TERMINATED = "Terminated"
"""The result of a hook that was ended this way."""


def terminate(situation: Situation, stage: StageRun | None, now: float) -> End | None:
    """Do what terminating asks for; return the end once everything was answered.

    Requests under way are awaited first (each has its time limit): what they create must be seen
    to be deleted.
    """
    if situation.awaits_writes():
        return None
    if stage is not None:
        stage.stop(TERMINATED, now, resources=False)
    for task_id, state in situation.record.hooks.items():
        if not state.phase.ended:
            _end_hook(situation, task_id, state, now)
    owed = release_ended(situation, saved_first=False)
    for state in situation.record.hooks.values():
        if state.message == TERMINATED:
            owed = delete_hook(situation, state) or owed
    owed = delete_by_policy(situation, failed=True) or owed
    if owed or situation.awaits_changes():
        return None
    message = with_left(situation.record.terminating, refusals(situation))
    return End(phase=OperationPhase.FAILED, message=message)


def _end_hook(situation: Situation, task_id: str, state: HookState, now: float) -> None:
    """Fail a hook of which this process knows only the record, after a restart."""
    live = situation.live.get(state.key)
    task = situation.tasks.get(task_id)
    # One object may serve several phases: an earlier one's is not what this phase made.
    ours = live is not None and task is not None and live.attempt == mark_of(situation, task)
    if live is not None and ours and not state.uid:
        state.uid, state.created = live.uid, True
    state.phase, state.message, state.ended_at = TaskPhase.FAILED, TERMINATED, now
    state.released = not state.uid
    if task is not None:
        note_hook(situation.record, task, state)
    situation.changed(task_id)
