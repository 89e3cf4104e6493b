"""What a running operation tells its listeners: the live view, ``-o json``, the library's stream.

Times are Unix seconds. Every event can be encoded by msgspec as it is; ``type`` names it there.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from tenter.engine import OperationPhase, Phase, Plan, ResultStatus, TaskPhase, Wait
from tenter.manifests import Key


class OperationStarted(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """An operation begins, or goes on after ``resumed`` from a crash."""

    at: float
    application: str
    operation: str
    revision: str
    namespace: str
    resumed: bool = False


class SourceRendered(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The source was no plain manifests: ``by`` says which program rendered it, and why that."""

    at: float
    by: str


class AttemptPlanned(msgspec.Struct, frozen=True, tag_field="type", kw_only=True, eq=False):
    """An attempt begins with this plan. ``plan`` is for listeners in this process."""

    at: float
    number: int
    plan: Plan


class StageEntered(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The operation reached this phase and wave."""

    at: float
    phase: Phase
    wave: int


class TaskChanged(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """A task started, moved on or ended."""

    at: float
    task: str
    key: Key
    phase: Phase
    wave: int
    hook: bool
    state: TaskPhase
    status: ResultStatus | None = None
    message: str = ""


class WaitingFor(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """What the operation waits for now; sent when it changes. Empty: it waits for nothing."""

    at: float
    message: str
    waits: tuple[Wait, ...] = ()


class LogLine(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """A line that a hook's container printed."""

    at: float
    task: str
    key: Key
    pod: str
    container: str
    text: str


class Warned(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Something the user should know that does not stop the operation.

    ``advice`` says that it is about how the source is written, which ``plan`` tells as well.
    """

    at: float
    message: str
    key: Key | None = None
    advice: bool = False


class AttemptEnded(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """An attempt ended; ``retry_at`` is set where another follows."""

    at: float
    number: int
    phase: OperationPhase
    message: str
    retry_at: float | None = None


class OperationEnded(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The operation is over; ``operation_state`` is in the Application's shape."""

    at: float
    phase: OperationPhase
    message: str
    operation_state: dict[str, Any]


Progress: TypeAlias = (
    OperationStarted
    | SourceRendered
    | AttemptPlanned
    | StageEntered
    | TaskChanged
    | WaitingFor
    | LogLine
    | Warned
    | AttemptEnded
    | OperationEnded
)
