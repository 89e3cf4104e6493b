"""What the engine asks the runner to do. Each action is answered by exactly one event.

The answer to each is named in its docstring; an action that cannot be performed is answered by its
failure event, after the client's own retries. Actions of one decision are independent of each
other: they may be performed all at once, in any order.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tenter.engine.options import Propagation
from tenter.engine.tasks import Task
from tenter.manifests import GroupKind, Key


class PrepareNamespace(msgspec.Struct, frozen=True):
    """Create or update the destination namespace -> NamespaceReady | NamespaceFailed."""


class Preflight(msgspec.Struct, frozen=True, eq=False):
    """Check ``tasks`` on the server without changing anything -> PreflightEnded."""

    tasks: tuple[Task, ...]


class ApplyObject(msgspec.Struct, frozen=True, eq=False):
    """Apply an ordinary resource -> Applied | TaskFailed."""

    task: Task


class CreateHook(msgspec.Struct, frozen=True, eq=False):
    """POST a hook -> HookCreated | HookExists | TaskFailed.

    On 409 the live object is read and told by HookExists, whoever made it.
    """

    task: Task


class ApplyHook(msgspec.Struct, frozen=True, eq=False):
    """Apply a named hook over the live object of this uid -> HookApplied | TaskFailed."""

    task: Task
    uid: str


class ReleaseHook(msgspec.Struct, frozen=True):
    """Remove the hook finalizer from the object of this uid -> HookReleased | ReleaseFailed.

    An object that is gone, or has another uid, counts as released.
    """

    key: Key
    uid: str


class DeleteObject(msgspec.Struct, frozen=True):
    """Delete the object of this uid -> DeleteRequested | DeleteFailed.

    ``uid`` may be empty for a prune of an object not yet seen. An object that is gone answers
    DeleteRequested as well, and then Gone.
    """

    key: Key
    uid: str
    propagation: Propagation


class ConfirmObject(msgspec.Struct, frozen=True):
    """GET the object itself -> Seen | Gone (confirmed) | ConfirmFailed."""

    key: Key


class RefreshDiscovery(msgspec.Struct, frozen=True):
    """Learn that these kinds are served now -> DiscoveryRefreshed."""

    kinds: tuple[GroupKind, ...]


Action: TypeAlias = (
    PrepareNamespace
    | Preflight
    | ApplyObject
    | CreateHook
    | ApplyHook
    | ReleaseHook
    | DeleteObject
    | ConfirmObject
    | RefreshDiscovery
)
