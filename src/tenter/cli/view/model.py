"""A running operation as a person watches it, built from progress events alone.

Pure: events in, state out; times are the events' own. It keeps only what a view shows (of each
hook's log the last lines), so that an operation of any size can be watched.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tenter.library import (
    AttemptEnded,
    AttemptPlanned,
    Key,
    LogLine,
    OperationEnded,
    OperationPhase,
    OperationStarted,
    Phase,
    Plan,
    Progress,
    ResultStatus,
    SourceRendered,
    Stage,
    StageEntered,
    Task,
    TaskChanged,
    TaskKind,
    TaskPhase,
    Wait,
    WaitingFor,
    Warned,
)

LOG_TAIL = 12
"""How many of each hook's last log lines are kept."""


@dataclass
class TaskView:
    """One task: what it is, how it stands, since when (Unix seconds)."""

    id: str
    key: Key
    phase: Phase
    wave: int
    kind: TaskKind
    state: TaskPhase = TaskPhase.PENDING
    status: ResultStatus | None = None
    message: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_TAIL))

    @property
    def failed(self) -> bool:
        """Whether the task, or the applying of its object, failed."""
        return self.state is TaskPhase.FAILED or self.status is ResultStatus.SYNC_FAILED

    @property
    def tried(self) -> bool:
        """Whether it was only tried, in a dry run that changes nothing."""
        return self.message.endswith("(dry run)")

    @property
    def hook(self) -> bool:
        """Whether it is a hook."""
        return self.kind is TaskKind.HOOK

    def took(self, now: float) -> float | None:
        """Return for how many seconds it ran, or has run at ``now``; None before it started."""
        if self.started_at is None:
            return None
        return (self.ended_at if self.ended_at is not None else now) - self.started_at


@dataclass
class StageView:
    """The tasks of one phase and wave, and when the operation was there (Unix seconds)."""

    phase: Phase
    wave: int
    tasks: list[TaskView] = field(default_factory=list)
    only_on_failure: bool = False
    entered_at: float | None = None
    left_at: float | None = None

    @property
    def entered(self) -> bool:
        """Whether the operation has come to this stage."""
        return self.entered_at is not None

    @property
    def current(self) -> bool:
        """Whether the operation is in this stage now."""
        return self.entered_at is not None and self.left_at is None

    @property
    def failed(self) -> bool:
        """Whether a task of it failed."""
        return any(task.failed for task in self.tasks)

    @property
    def hooks(self) -> list[TaskView]:
        """Its hooks, in the order they run."""
        return [task for task in self.tasks if task.hook]

    @property
    def objects(self) -> list[TaskView]:
        """Its tasks that are no hooks: objects to apply or prune."""
        return [task for task in self.tasks if not task.hook]


@dataclass
class OperationView:
    """The whole operation; ``feed`` it every progress event in order."""

    application: str = ""
    operation: str = ""
    revision: str = ""
    namespace: str = ""
    rendered_by: str = ""
    resumed: bool = False
    attempt: int = 0
    started_at: float | None = None
    ended_at: float | None = None
    phase: OperationPhase = OperationPhase.RUNNING
    message: str = ""
    stages: list[StageView] = field(default_factory=list)
    skipped: list[TaskView] = field(default_factory=list)
    waiting: str = ""
    waits: tuple[Wait, ...] = ()
    warnings: list[str] = field(default_factory=list)
    notes: int = 0
    retry_at: float | None = None
    earlier_attempts: list[AttemptEnded] = field(default_factory=list)
    terminating: bool = False
    tasks: dict[str, TaskView] = field(default_factory=dict)

    def feed(self, event: Progress) -> None:
        """Take in what happened. An unknown task is added, so that no event is lost."""
        match event:
            case OperationStarted():
                self.application, self.operation = event.application, event.operation
                self.revision, self.namespace = event.revision, event.namespace
                self.resumed, self.started_at = event.resumed, event.at
            case SourceRendered():
                self.rendered_by = event.by
            case AttemptPlanned():
                self._plan(event)
            case StageEntered():
                self._enter(event)
            case TaskChanged():
                self._change(event)
            case WaitingFor():
                self.waiting, self.waits = event.message, event.waits
            case LogLine():
                self._log(event)
            case Warned(advice=True):
                self.notes += 1
            case Warned():
                self._warn(event)
            case AttemptEnded():
                self._leave(event.at)
                self.waiting, self.waits = "", ()
                self.retry_at = event.retry_at
                if event.retry_at is not None:
                    self.earlier_attempts.append(event)
            case OperationEnded():
                self._leave(event.at)
                self.phase, self.message, self.ended_at = event.phase, event.message, event.at
                self.waiting, self.waits, self.retry_at = "", (), None

    @property
    def ended(self) -> bool:
        """Whether the operation is over."""
        return self.ended_at is not None

    @property
    def failures(self) -> list[TaskView]:
        """The failed tasks of this attempt, in the order they run."""
        return [task for stage in self.stages for task in stage.tasks if task.failed]

    def elapsed(self, now: float) -> float:
        """Return for how many seconds the operation ran, or has run at ``now``."""
        if self.started_at is None:
            return 0.0
        return (self.ended_at if self.ended_at is not None else now) - self.started_at

    def stage(self, phase: Phase, wave: int) -> StageView | None:
        """Return the stage of this phase and wave, if there is one."""
        for stage in self.stages:
            if stage.phase is phase and stage.wave == wave:
                return stage
        return None

    def _plan(self, event: AttemptPlanned) -> None:
        plan: Plan = event.plan
        self.attempt, self.retry_at = event.number, None
        self.waiting, self.waits = "", ()
        self.tasks = {}
        self.stages = [self._stage(stage) for stage in plan.stages]
        self.stages += [self._stage(stage, only_on_failure=True) for stage in plan.fail_stages]
        self.skipped = [_task_view(task) for task in plan.skipped]
        self.tasks |= {task.id: task for task in self.skipped}

    def _stage(self, stage: Stage, *, only_on_failure: bool = False) -> StageView:
        view = StageView(stage.key.phase, stage.key.wave, only_on_failure=only_on_failure)
        for task in stage.tasks:
            self.tasks[task.id] = _task_view(task)
            view.tasks.append(self.tasks[task.id])
        return view

    def _enter(self, event: StageEntered) -> None:
        self._leave(event.at)
        stage = self.stage(event.phase, event.wave)
        if stage is None:
            stage = StageView(event.phase, event.wave)
            self.stages.append(stage)
        stage.entered_at, stage.left_at = event.at, None

    def _leave(self, at: float) -> None:
        for stage in self.stages:
            if stage.current:
                stage.left_at = at

    def _change(self, event: TaskChanged) -> None:
        task = self.tasks.get(event.task)
        if task is None:
            task = self._unplanned(event)
        if event.state is not TaskPhase.PENDING and task.started_at is None:
            task.started_at = event.at
        if event.state.ended and task.ended_at is None:
            task.ended_at = event.at
        task.key, task.state = event.key, event.state
        task.status = event.status or task.status
        task.message = event.message or task.message

    def _unplanned(self, event: TaskChanged) -> TaskView:
        task = TaskView(
            event.task,
            event.key,
            event.phase,
            event.wave,
            TaskKind.HOOK if event.hook else TaskKind.APPLY,
        )
        self.tasks[task.id] = task
        stage = self.stage(event.phase, event.wave)
        if stage is None:
            stage = StageView(event.phase, event.wave)
            self.stages.append(stage)
        stage.tasks.append(task)
        return task

    def _log(self, event: LogLine) -> None:
        task = self.tasks.get(event.task)
        if task is not None:
            task.log.append(event.text)

    def _warn(self, event: Warned) -> None:
        warning = warning_text(event)
        if warning not in self.warnings:
            self.warnings.append(warning)


def warning_text(event: Warned) -> str:
    """Return the warning with the object it is about, where it does not name that itself."""
    key = event.key
    if key is None or f"{key.kind}/{key.name}" in event.message or str(key) in event.message:
        return event.message
    return f"{key}: {event.message}"


def _task_view(task: Task) -> TaskView:
    return TaskView(task.id, task.key, task.phase, task.wave, task.kind, message=task.skip_reason)
