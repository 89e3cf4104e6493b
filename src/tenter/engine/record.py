"""What an operation has done so far: everything needed to go on after a crash.

The saved part is this module's structs, encoded with msgspec and never truncated. What a restart
may forget (which ordinary objects of the current stage were applied, what was last seen) lives in
``stage`` and is not saved.
"""

from __future__ import annotations

import enum

import msgspec

from tenter.engine.options import SyncOptions
from tenter.engine.tasks import StageKey
from tenter.manifests import Key


class OperationPhase(enum.StrEnum):
    """How an operation stands."""

    RUNNING = "Running"
    TERMINATING = "Terminating"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ERROR = "Error"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {OperationPhase.RUNNING, OperationPhase.TERMINATING}


class TaskPhase(enum.StrEnum):
    """How one task stands; the words of a result's ``hookPhase``, and Pending before it began."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def ended(self) -> bool:
        """Whether the task has its result."""
        return self in {TaskPhase.SUCCEEDED, TaskPhase.FAILED}


class ResultStatus(enum.StrEnum):
    """What became of an object, in the words of a result's ``status``."""

    SYNCED = "Synced"
    SYNC_FAILED = "SyncFailed"
    PRUNED = "Pruned"
    PRUNE_SKIPPED = "PruneSkipped"


class HookState(msgspec.Struct, kw_only=True):
    """One hook of the current attempt, from the intent to create it until it is cleaned up.

    ``started_at`` and ``ended_at`` are Unix seconds. ``released``: its finalizer is known to be
    off. ``deleted``: its deletion, where its policy wants one, was accepted.
    """

    key: Key
    uid: str = ""
    phase: TaskPhase = TaskPhase.PENDING
    message: str = ""
    started_at: float = 0.0
    ended_at: float | None = None
    created: bool = False
    released: bool = False
    deleted: bool = False


class PruneTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An object that Git no longer wants: fixed when the attempt starts.

    ``wave`` is its own, from its annotation; mirroring is the plan's. ``options`` are those of its
    annotation as ``key=value`` texts.
    """

    key: Key
    uid: str = ""
    wave: int = 0
    options: tuple[str, ...] = ()


class Selected(msgspec.Struct, frozen=True, order=True):
    """One resource of a selective sync; an empty namespace matches any."""

    group: str
    kind: str
    name: str
    namespace: str = ""

    def matches(self, key: Key) -> bool:
        """Tell whether ``key`` is this resource."""
        return (
            self.group == key.group
            and self.kind == key.kind
            and self.name == key.name
            and self.namespace in {"", key.namespace}
        )


class AttemptFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed when an attempt starts, so that a restart plans the same.

    ``number`` counts from 0. ``started`` is in whole Unix seconds, and at least one later than
    that of any earlier attempt of the application. ``revision`` is what generated names contain,
    with ``named_at`` where a deletion keeps the names of its first attempt (0: ``started``).
    ``in_sync`` are the objects that ``ApplyOutOfSyncOnly`` leaves out.
    """

    operation: str
    number: int
    started: int
    named_at: int = 0
    revision: str = ""
    destination_namespace: str = ""
    prunes: tuple[PruneTarget, ...] = ()
    in_sync: tuple[Key, ...] = ()

    @property
    def mark(self) -> str:
        """What the attempt's hooks carry as ``tenter.dev/attempt``, before the phase."""
        return f"{self.operation}.{self.number}"


class TaskResult(msgspec.Struct, kw_only=True):
    """What became of one task; one entry of ``syncResult.resources``."""

    key: Key
    version: str = ""
    status: ResultStatus | None = None
    message: str = ""
    hook_type: str = ""
    hook_phase: TaskPhase | None = None
    sync_phase: str = ""
    images: tuple[str, ...] = ()


class Record(msgspec.Struct, kw_only=True):
    """One operation. ``version`` counts its changes, so that a save can say what it saved.

    ``causes`` are the reasons for which the attempt fails; once there is one, only SyncFail hooks
    follow.
    """

    operation: str
    options: SyncOptions
    selection: tuple[Selected, ...] = ()
    attempt: AttemptFacts
    started_at: float
    phase: OperationPhase = OperationPhase.RUNNING
    message: str = ""
    finished_at: float | None = None
    cursor: StageKey | None = None
    checked: bool = False
    """Whether preflight of this attempt is over."""
    confirmed: bool = False
    """Whether the user approved the prunes that ask for it."""
    causes: list[str] = []
    failed_at: StageKey | None = None
    """The stage in which the attempt failed, from which ``retry-from: failed`` goes on."""
    deletion: bool = False
    """Whether this operation removes the application: its failures are tried again for ever."""
    fatal: bool = False
    """Whether the attempt failed in a way after which no SyncFail hook runs."""
    terminating: str = ""
    """Why the user ended it; empty while nobody asked."""
    hooks: dict[str, HookState] = {}
    pruned: list[Key] = []
    results: dict[str, TaskResult] = {}
    retry_at: float | None = None
    version: int = 0
