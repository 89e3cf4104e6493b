"""What is owed to an attempt's hooks once they have ended: release, and deletion by policy.

The order is always: the result is saved, then the finalizer goes, then the object may be deleted.
Any other order loses a hook's result in a crash.
"""

from __future__ import annotations

from collections.abc import Iterable

from tenter.engine.options import Propagation
from tenter.engine.record import HookState, TaskPhase
from tenter.engine.situation import Situation
from tenter.engine.tasks import Phase
from tenter.hooks import DeletePolicy

UNPLANNED = "no longer wanted"
"""The result of a hook that ran when its application's deletion was planned without it."""


def release_ended(situation: Situation, *, saved_first: bool = True) -> bool:
    """Ask for the finalizers of hooks that have ended; tell whether any is still owed.

    ``saved_first`` is off on terminate, which needs no save.
    """
    ready = situation.take_releasable() if saved_first else list(situation.unreleased.values())
    refused = situation.refused_releases
    for state in ready:
        if state.uid not in refused:
            situation.release(state.key, state.uid)
    return any(state.uid not in refused for state in situation.unreleased.values())


def retire_unplanned(situation: Situation, now: float) -> None:
    """End the hooks that run and that the plan no longer has.

    Only a deletion plans anew after a restart, when its hooks were changed or are to be skipped.
    """
    for task_id, state in situation.record.hooks.items():
        if task_id not in situation.tasks and not state.phase.ended:
            state.phase, state.message, state.ended_at = TaskPhase.FAILED, UNPLANNED, now
            state.released = not state.uid
            situation.changed(task_id)


def delete_by_policy(situation: Situation, *, failed: bool) -> bool:
    """Ask for the deletion of the hooks whose policies want it; tell whether any is still owed.

    Looks only at hooks of which something changed since the last call, and at all of them when the
    attempt turns out to have failed.
    """
    unsettled, owed = situation.take_unsettled(), situation.owed_deletions
    if failed is not situation.settled_as_failed:
        situation.settled_as_failed = failed
        unsettled = dict.fromkeys(situation.record.hooks)
    for task_id in _with_twins(situation, unsettled):
        state = situation.record.hooks[task_id]
        if _wanted(situation, task_id, state, failed=failed) and delete_hook(situation, state):
            owed[task_id] = None
        else:
            owed.pop(task_id, None)
    return bool(owed)


def _with_twins(situation: Situation, task_ids: Iterable[str]) -> Iterable[str]:
    """Return the tasks, each with those of other phases that live in the same object."""
    found: dict[str, None] = {}
    for task_id in task_ids:
        found[task_id] = None
        key = situation.record.hooks[task_id].key
        found.update((twin_id, None) for twin_id, _ in situation.hooks_on(key))
    return found


def delete_hook(situation: Situation, state: HookState) -> bool:
    """Ask for a released hook to be deleted; tell whether that is still owed.

    An object that a hook of another phase was applied over stays until that one is released too.
    """
    if state.deleted or not state.uid or state.uid in situation.refused_deletes:
        return False
    released = all(
        twin.released for _, twin in situation.hooks_on(state.key) if twin.uid == state.uid
    )
    if (state.released and released) or state.uid in situation.refused_releases:
        situation.delete(state.key, state.uid, Propagation.FOREGROUND)
    return True


def _wanted(situation: Situation, task_id: str, state: HookState, *, failed: bool) -> bool:
    task = situation.tasks.get(task_id)
    if task is None:
        return state.message == UNPLANNED
    if situation.record.deletion and failed:
        # It is tried again under the same name, and what succeeded is not run twice.
        return state.phase is TaskPhase.FAILED
    if task.phase is Phase.PRE_DELETE:
        return True
    success = state.phase is TaskPhase.SUCCEEDED
    if situation.record.options.argocd_compatible or situation.record.deletion:
        success = not failed
    wanted = DeletePolicy.HOOK_SUCCEEDED if success else DeletePolicy.HOOK_FAILED
    return wanted in task.policies


def refusals(situation: Situation) -> list[str]:
    """Return what could not be cleaned up, for the operation's message."""
    hooks: Iterable[HookState] = situation.record.hooks.values()
    return [
        f"{state.key.short}: {refused[state.uid]}"
        for state in hooks
        for refused in (situation.refused_releases, situation.refused_deletes)
        if state.uid in refused
    ]
