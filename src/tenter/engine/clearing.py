"""What stands where a hook is to be created, and how it goes.

A leftover of an earlier run loses its finalizer first; then BeforeHookCreation deletes it, and it
must be gone before the new one is created.
"""

from __future__ import annotations

from tenter.engine.options import Propagation
from tenter.engine.planning import attempt_mark
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Task
from tenter.hooks import DeletePolicy


def mark_of(situation: Situation, task: Task) -> str:
    """Return the ``tenter.dev/attempt`` by which the task's own object is known."""
    return attempt_mark(situation.record.attempt, task.phase)


def obstacle(situation: Situation, task: Task) -> Sighting | None:
    """Return the live object that must go before the hook is created.

    A named hook without BeforeHookCreation is applied over what is there, so only an object that
    is going away already stands in its way.
    """
    sighting = situation.live.get(task.key)
    if sighting is None or sighting.attempt == mark_of(situation, task):
        return None
    replaced = DeletePolicy.BEFORE_HOOK_CREATION in task.policies or task.generated_name
    return sighting if replaced or sighting.deleting else None


def release_leftovers(situation: Situation, tasks: list[Task]) -> bool:
    """Ask for the finalizers of earlier runs' hooks to go; tell whether any is still there."""
    held = [
        task
        for task in tasks
        if (sighting := obstacle(situation, task)) is not None
        and sighting.finalizer
        and sighting.uid not in situation.refused_releases
    ]
    for task in held:
        release_leftover(situation, task)
    return bool(held)


def release_leftover(situation: Situation, task: Task) -> None:
    """Ask for the finalizer of what stands in the hook's place to go.

    What an earlier phase of this attempt made there is released with its own result's save.
    """
    sighting = situation.live.get(task.key)
    if sighting is not None and not _serves_earlier_hook(situation, task):
        situation.release(sighting.key, sighting.uid)


def way_is_clear(situation: Situation, task: Task) -> bool:
    """Tell whether the hook can be created now; if not, ask for what stands there to go.

    A way that cannot be cleared (``refusal``) counts as clear: there is nothing to wait for.
    """
    if _serves_earlier_hook(situation, task):
        return False
    found = obstacle(situation, task)
    if found is None or refusal(situation, task):
        return True
    if found.finalizer:
        situation.release(found.key, found.uid)
    elif not found.deleting:
        situation.delete(found.key, found.uid, Propagation.FOREGROUND)
    return False


def refusal(situation: Situation, task: Task) -> str:
    """Return why the server will not let the obstacle go; empty where it did not refuse."""
    found = obstacle(situation, task)
    if found is None:
        return ""
    held = situation.refused_releases.get(found.uid, "") if found.finalizer else ""
    return held or situation.refused_deletes.get(found.uid, "")


def _serves_earlier_hook(situation: Situation, task: Task) -> bool:
    """Tell whether the object still carries the unsaved result of an earlier phase's hook.

    Where the server will not release it there is nothing more to wait for.
    """
    sighting = situation.live.get(task.key)
    return sighting is not None and any(
        state.uid == sighting.uid
        and task_id != task.id
        and not state.released
        and state.uid not in situation.refused_releases
        for task_id, state in situation.hooks_on(task.key)
    )
