"""The plain view: a line for each thing that happens, for logs, pipes and simple terminals.

Pure: it is given the model after it took an event in, and answers the lines that the event is
worth. It never repeats a line, so that a CI log reads as a story.
"""

from __future__ import annotations

from tenter.cli.view.durations import duration
from tenter.cli.view.model import OperationView, TaskView, warning_text
from tenter.cli.view.text import Line, Span, Tone, log_text, printable
from tenter.cli.view.wording import (
    BAR,
    headline,
    outcome_word,
    phase_tone,
    stage_contents,
    task_name,
    task_state,
    without_retry,
)
from tenter.library import (
    AttemptEnded,
    AttemptPlanned,
    LogLine,
    OperationStarted,
    Progress,
    ResultStatus,
    SourceRendered,
    StageEntered,
    TaskChanged,
    TaskKind,
    TaskPhase,
    WaitingFor,
    Warned,
)


class PlainLines:
    """Tells one operation in lines. It remembers what it has said, nothing else."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._waiting = ""

    def lines(self, view: OperationView, event: Progress) -> list[Line]:
        """Return the lines for ``event``, which ``view`` has already taken in."""
        match event:
            case OperationStarted():
                return [[Span(headline(view), Tone.STRONG)]]
            case SourceRendered() | AttemptPlanned(number=0):
                return []  # the headline says it
            case AttemptPlanned():
                self._told, self._waiting = {}, ""
                return [self._timed(view, event.at, f"attempt {event.number + 1}", Tone.STRONG)]
            case StageEntered():
                return [self._stage(view, event)]
            case TaskChanged():
                return self._task(view, event)
            case LogLine():
                task = view.tasks.get(event.task)
                name = task_name(task, view.namespace) if task else event.pod
                return [[Span(f"{'':10}{name} {BAR} {log_text(event.text)}", Tone.DIM)]]
            case WaitingFor():
                return self._wait(view, event)
            case Warned(advice=True):
                return []  # the summary counts them
            case Warned():
                text = f"warning: {printable(warning_text(event))}"
                return [self._timed(view, event.at, text, Tone.WARN)]
            case AttemptEnded(retry_at=None):
                return []
            case AttemptEnded():
                left = duration((event.retry_at or event.at) - event.at)
                cause = without_retry(event.message)
                text = f"attempt {event.number + 1} {event.phase.value.lower()}: {cause}"
                said = f"{printable(text)}; the next starts in {left}"
                return [self._timed(view, event.at, said, phase_tone(event.phase))]
        return []

    def _timed(self, view: OperationView, at: float, text: str, tone: Tone = Tone.PLAIN) -> Line:
        return [Span(f"{duration(view.elapsed(at)):>8}  ", Tone.DIM), Span(text, tone)]

    def _stage(self, view: OperationView, event: StageEntered) -> Line:
        stage = view.stage(event.phase, event.wave)
        held = f": {stage_contents(stage)}" if stage and stage.tasks else ""
        return self._timed(view, event.at, f"{event.phase.value}, wave {event.wave}{held}")

    def _task(self, view: OperationView, event: TaskChanged) -> list[Line]:
        task = view.tasks[event.task]
        said = self._said(task, view.namespace)
        if not said or self._told.get(task.id) == said:
            return []
        self._told[task.id] = said
        tone = Tone.BAD if task.failed else Tone.PLAIN
        return [self._timed(view, event.at, f"  {said}", tone)]

    def _said(self, task: TaskView, destination: str) -> str:
        name, message = task_name(task, destination), printable(task.message)
        if task.tried and not task.failed:
            return f"{name} {outcome_word(task) or message}"
        if task.state is TaskPhase.PENDING and not task.failed:
            return ""
        what = f"hook {name}" if task.hook else name
        if task.failed:
            return f"{what} failed: {message}" if message else f"{what} failed"
        if task.kind is TaskKind.APPLY or task.status is ResultStatus.PRUNE_SKIPPED:
            done = outcome_word(task)
            if not done and task.status is ResultStatus.SYNCED and task.state.ended:
                # The last that its controller said is of when it was not yet healthy.
                done = task_state(task)
            return f"{name} {done}" if done else f"{name}: {message or task_state(task)}"
        took = task.took(task.ended_at or 0.0) if task.state.ended else None
        after = f" after {duration(took)}" if took is not None and task.hook else ""
        return f"{what} {task_state(task)}{after}"

    def _wait(self, view: OperationView, event: WaitingFor) -> list[Line]:
        reason = next((wait.reason for wait in event.waits if wait.reason), "")
        text = f"{event.message} ({reason})" if reason else event.message
        if not event.message or text == self._waiting:
            return []
        self._waiting = text
        return [self._timed(view, event.at, printable(text), Tone.BUSY)]
