"""What the runner tells the engine. Everything the engine knows came in as one of these."""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec

from tenter.engine.sightings import Sighting
from tenter.manifests import Key


class ApplyOutcome(enum.StrEnum):
    """What an apply did, in the words of its result's message."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


class AttemptStarted(msgspec.Struct, frozen=True):
    """An attempt begins (or goes on after a restart) at ``now``."""


class Saved(msgspec.Struct, frozen=True):
    """The record was saved as it was at ``version``."""

    version: int


class NamespaceReady(msgspec.Struct, frozen=True):
    """The destination namespace is there."""


class NamespaceFailed(msgspec.Struct, frozen=True):
    """The destination namespace could not be made."""

    message: str


class PreflightEnded(msgspec.Struct, frozen=True):
    """The check is over; ``errors`` maps task ids to messages, and is empty where all is well.

    ``outcomes`` maps task ids to what an apply would have done, where that is known.
    """

    errors: dict[str, str] = {}
    outcomes: dict[str, ApplyOutcome] = {}


class Applied(msgspec.Struct, frozen=True):
    """An ordinary resource was applied; ``sighting`` is the server's own answer.

    Where a newer state is known already, Seen follows: the engine believes what it is told last.
    """

    task_id: str
    outcome: ApplyOutcome
    sighting: Sighting
    images: tuple[str, ...] = ()


class HookCreated(msgspec.Struct, frozen=True):
    """A hook was created by this request."""

    task_id: str
    sighting: Sighting


class HookExists(msgspec.Struct, frozen=True):
    """A hook's name is taken by this object, ours or another's."""

    task_id: str
    sighting: Sighting


class HookApplied(msgspec.Struct, frozen=True):
    """A named hook was applied over the object that was there."""

    task_id: str
    sighting: Sighting
    outcome: ApplyOutcome


class TaskFailed(msgspec.Struct, frozen=True):
    """A task's object could not be created or applied."""

    task_id: str
    message: str


class HookReleased(msgspec.Struct, frozen=True):
    """The hook finalizer is off the object of this uid."""

    key: Key
    uid: str


class ReleaseFailed(msgspec.Struct, frozen=True):
    """The hook finalizer could not be removed."""

    key: Key
    uid: str
    message: str


class DeleteRequested(msgspec.Struct, frozen=True):
    """The server accepted the deletion; the object may live on until its finalizers are done."""

    key: Key
    uid: str


class DeleteFailed(msgspec.Struct, frozen=True):
    """The server refused the deletion."""

    key: Key
    message: str


class Seen(msgspec.Struct, frozen=True):
    """A live object was seen in this state. ``confirmed``: by a GET of its own."""

    sighting: Sighting
    confirmed: bool = False


class Gone(msgspec.Struct, frozen=True):
    """A live object is not there. ``uid`` is the one that went, where known.

    ``confirmed`` says that a GET of its own answered 404; a watch's word alone is not believed.
    """

    key: Key
    uid: str = ""
    confirmed: bool = False


class ConfirmFailed(msgspec.Struct, frozen=True):
    """A GET was not answered (or not allowed)."""

    key: Key
    message: str


class DiscoveryRefreshed(msgspec.Struct, frozen=True):
    """The cluster's kinds were read again."""


class PruningConfirmed(msgspec.Struct, frozen=True):
    """The user approved the prunes that ask for confirmation."""


class TerminateRequested(msgspec.Struct, frozen=True):
    """The user wants the operation to end."""

    message: str = "Operation terminated"


class TimePassed(msgspec.Struct, frozen=True):
    """Nothing happened but the clock: a deadline that a decision named has come."""


Event: TypeAlias = (
    AttemptStarted
    | Saved
    | NamespaceReady
    | NamespaceFailed
    | PreflightEnded
    | Applied
    | HookCreated
    | HookExists
    | HookApplied
    | TaskFailed
    | HookReleased
    | ReleaseFailed
    | DeleteRequested
    | DeleteFailed
    | Seen
    | Gone
    | ConfirmFailed
    | DiscoveryRefreshed
    | PruningConfirmed
    | TerminateRequested
    | TimePassed
)
