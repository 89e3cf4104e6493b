"""The words and signs that every rendering of an operation shares."""

from __future__ import annotations

from tenter.cli.view.model import OperationView, StageView, TaskView
from tenter.cli.view.text import Tone
from tenter.library import OperationPhase, Phase, ResultStatus, TaskKind, TaskPhase

DONE, FAILED, BUSY, AHEAD, BAR = "✔", "✘", "●", "○", "│"


def plural(count: int, noun: str) -> str:
    """Return ``1 hook``, ``2 hooks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def task_name(task: TaskView, destination: str) -> str:
    """Return the task's object as people call it, with its namespace where it is another one."""
    name = f"{task.key.kind}/{task.key.name}"
    away = task.key.namespace and task.key.namespace != destination
    return f"{name} in {task.key.namespace}" if away else name


def outcome_word(task: TaskView) -> str:
    """Return what a request did to the object (``created``, ``configured``), if it says only that.

    kubectl's words, ``deployment.apps/web configured``, name the object, and so does the line.
    """
    group = f".{task.key.group}" if task.key.group else ""
    named = f"{task.key.kind.lower()}{group}/{task.key.name} "
    return task.message.removeprefix(named) if task.message.startswith(named) else ""


def short_revision(revision: str) -> str:
    """Return a commit's first seven characters; any other revision as it is."""
    is_commit = len(revision) == 40 and all(c in "0123456789abcdef" for c in revision)
    return revision[:7] if is_commit else revision


def task_sign(task: TaskView) -> tuple[str, Tone]:
    """Return the sign of how ``task`` stands, and its tone."""
    if task.failed:
        return FAILED, Tone.BAD
    match task.state:
        case TaskPhase.SUCCEEDED:
            return DONE, Tone.GOOD
        case TaskPhase.RUNNING:
            return BUSY, Tone.BUSY
        case _:
            return AHEAD, Tone.DIM


def stage_sign(stage: StageView) -> tuple[str, Tone]:
    """Return the sign of how ``stage`` stands, and its tone."""
    if stage.failed:
        return FAILED, Tone.BAD
    if stage.current:
        return BUSY, Tone.BUSY
    if stage.entered:
        return DONE, Tone.GOOD
    return AHEAD, Tone.DIM


def task_state(task: TaskView) -> str:
    """Return how ``task`` stands, in a word or two."""
    if task.failed:
        return "failed"
    if task.kind is TaskKind.PRUNE:
        verb = "delet" if task.phase is Phase.CASCADE else "prun"
        return f"{verb}ed" if task.state is TaskPhase.SUCCEEDED else f"{verb}ing"
    if task.hook or task.status is None:
        return task.state.value.lower()
    if task.status is ResultStatus.SYNCED and task.state is TaskPhase.RUNNING:
        return "applied"
    return {TaskPhase.SUCCEEDED: "healthy"}.get(task.state, task.state.value.lower())


def stage_contents(stage: StageView) -> str:
    """Return what the stage holds: ``2 hooks, 5 objects, 1 to prune``."""
    objects = sum(1 for task in stage.tasks if task.kind is TaskKind.APPLY)
    prunes = sum(1 for task in stage.tasks if task.kind is TaskKind.PRUNE)
    parts = []
    if stage.hooks:
        parts.append(plural(len(stage.hooks), "hook"))
    if objects:
        parts.append(plural(objects, "object"))
    if prunes:
        parts.append(f"{prunes} to {'delete' if stage.phase is Phase.CASCADE else 'prune'}")
    return ", ".join(parts) or "nothing"


def headline(view: OperationView) -> str:
    """Return which application it is, at which revision, and where; and if it is an old story."""
    where = f" in namespace {view.namespace}" if view.namespace else ""
    revision = f" at {short_revision(view.revision)}" if view.revision else ""
    by = f", rendered by {view.rendered_by}" if view.rendered_by else ""
    again = ", going on with what an earlier run left unfinished" if view.resumed else ""
    return f"{view.application}{revision}{where}{by}{again}"


def without_retry(message: str) -> str:
    """Return an attempt's message without the announcement of the next one (Argo CD's words)."""
    return message.partition(". Retrying attempt #")[0]


def phase_tone(phase: OperationPhase) -> Tone:
    """Return the tone of an operation's phase."""
    if phase is OperationPhase.SUCCEEDED:
        return Tone.GOOD
    return Tone.BAD if phase.ended else Tone.BUSY


def health_tone(status: str | None) -> Tone:
    """Return the tone of a health status; None is a kind without a check."""
    return _HEALTH_TONES.get(status or "", Tone.DIM)


_HEALTH_TONES = {
    "Healthy": Tone.GOOD,
    "Progressing": Tone.BUSY,
    "Suspended": Tone.WARN,
    "Missing": Tone.WARN,
    "Degraded": Tone.BAD,
    "Unknown": Tone.BAD,
}
