"""What became of each task, in the words and the shape users know from Argo CD."""

from __future__ import annotations

from tenter.engine.planning import version_of
from tenter.engine.record import HookState, Record, ResultStatus, TaskPhase, TaskResult
from tenter.engine.tasks import Task, TaskKind
from tenter.manifests import Key


def resource_word(key: Key) -> str:
    """Return the object in kubectl's words: ``deployment.apps/web``, ``pod/hook``."""
    kind = key.kind.lower()
    return f"{kind}.{key.group}/{key.name}" if key.group else f"{kind}/{key.name}"


def outcome_message(key: Key, outcome: str) -> str:
    """Return an apply's message: ``deployment.apps/web configured``."""
    return f"{resource_word(key)} {outcome}"


def result_of(record: Record, task: Task) -> TaskResult:
    """Return the task's result, begun where there is none yet."""
    result = record.results.get(task.id)
    if result is None:
        result = record.results[task.id] = TaskResult(
            key=task.key,
            version=version_of(task),
            hook_type=task.phase.value if task.kind is TaskKind.HOOK else "",
            sync_phase=task.phase.value,
        )
    return result


def note_applied(
    record: Record, task: Task, outcome: str, images: tuple[str, ...] = ()
) -> TaskResult:
    """Note that the task's object was applied, with the outcome's word."""
    result = result_of(record, task)
    message = outcome_message(task.key, outcome)
    # A restart applies its stage again; "unchanged" must not hide what the first time did.
    if not (outcome == "unchanged" and result.status is ResultStatus.SYNCED):
        result.message = message
    result.status = ResultStatus.SYNCED
    result.hook_phase = TaskPhase.RUNNING
    if images:
        result.images = images
    return result


def note_health(record: Record, task: Task, phase: TaskPhase, message: str) -> None:
    """Note a task's health; an empty message keeps the apply's."""
    result = result_of(record, task)
    result.hook_phase = phase
    if message:
        result.message = message


def note_failed_to_apply(record: Record, task: Task, message: str) -> None:
    """Note that the task's object could not be applied or created."""
    result = result_of(record, task)
    result.status = ResultStatus.SYNC_FAILED
    result.hook_phase = TaskPhase.FAILED
    result.message = message


def note_pruned(record: Record, task: Task, message: str = "pruned") -> None:
    """Note that the task's object is gone (or, in a dry run, would be)."""
    result = result_of(record, task)
    result.status = ResultStatus.PRUNED
    result.hook_phase = TaskPhase.SUCCEEDED
    result.message = message


def note_skipped(record: Record, task: Task) -> None:
    """Note that the task's object is not pruned, and why."""
    result = result_of(record, task)
    result.status = ResultStatus.PRUNE_SKIPPED
    result.hook_phase = TaskPhase.SUCCEEDED
    result.message = task.skip_reason


def note_hook(record: Record, task: Task, state: HookState) -> None:
    """Copy a hook's state into its result."""
    result = result_of(record, task)
    if result.status is None:
        result.status = ResultStatus.SYNCED
    result.hook_phase = state.phase
    if state.message:
        result.message = state.message
