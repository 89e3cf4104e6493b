"""What the engine answers: what to do now, what it waits for, or that it is over."""

from __future__ import annotations

import enum

import msgspec

from tenter.engine.actions import Action
from tenter.engine.record import OperationPhase
from tenter.manifests import Key


class WaitKind(enum.StrEnum):
    """What a wait is for, in the words of the operation's message."""

    HOOK = "completion of hook"
    RESOURCE = "healthy state of"
    DELETION = "deletion of"
    CONFIRMATION = "pruning confirmation of"
    REQUEST = "the API server's answer"
    SAVE = "the record to be saved"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the operation waits for, since when and until when (Unix seconds).

    ``detail`` is the object's own word (its health message). ``reason`` is why its Pod visibly
    cannot go on (an image that cannot be pulled, a ConfigMap that is missing), which only the
    runner knows. ``deadline`` is None where nothing but the awaited thing, or the user, ends the
    wait.
    """

    kind: WaitKind
    key: Key | None = None
    since: float
    deadline: float | None = None
    detail: str = ""
    reason: str = ""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended. ``retry_at`` is set where another attempt follows (Unix seconds)."""

    phase: OperationPhase
    message: str
    retry_at: float | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """``actions`` to perform at once; ``save`` where the record must be saved meanwhile.

    ``wake_at`` is when ``decide`` must be asked again though nothing happened. ``message`` is the
    operation's message for people. With ``end`` set there is nothing else.
    """

    actions: tuple[Action, ...] = ()
    save: bool = False
    waits: tuple[Wait, ...] = ()
    wake_at: float | None = None
    message: str = ""
    end: End | None = None
