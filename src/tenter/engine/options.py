"""Sync options, of a whole operation and of one object, as the engine and the runner use them.

Reading them from text is ``option_reading``'s; this module only says what they are.
"""

from __future__ import annotations

import enum

import msgspec

from tenter.diff import IgnoreRule


class PreflightMode(enum.StrEnum):
    """How objects are checked before any is applied."""

    SERVER = "server"
    CLIENT = "client"
    NONE = "none"


class Propagation(enum.StrEnum):
    """What a deletion does with the objects that the deleted one owns."""

    FOREGROUND = "foreground"
    BACKGROUND = "background"
    ORPHAN = "orphan"

    @property
    def policy(self) -> str:
        """The API's ``propagationPolicy``."""
        return self.value.capitalize()


class ObjectOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one object: the operation's options with its own annotation over them.

    ``prune`` and ``delete`` are False for ``Prune=false`` and ``Delete=false``; ``confirm_prune``
    and ``confirm_delete`` stand for the value ``confirm``. ``server_side`` is off for a
    client-side apply; ``migrate`` says whether fields that kubectl or Argo CD applied are taken
    over before a server-side one.
    """

    validate: bool = True
    replace: bool = False
    force: bool = False
    server_side: bool = True
    migrate: bool = True
    skip_dry_run_on_missing_resource: bool = False
    prune: bool = True
    confirm_prune: bool = False
    prune_last: bool = False
    prune_propagation: Propagation = Propagation.FOREGROUND
    delete: bool = True
    confirm_delete: bool = False


class RetryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """When a failed attempt starts again; durations are in seconds. ``limit`` < 0 is for ever."""

    limit: int = 0
    duration: float = 5.0
    factor: int = 2
    max_duration: float = 180.0
    refresh: bool = False
    from_failed_stage: bool = False

    def backoff(self, retry: int) -> float:
        """Return the seconds to wait before retry number ``retry``, counting from 1."""
        grown = self.duration * float(self.factor) ** min(retry - 1, 60)
        return min(grown, self.max_duration)


class SyncOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one operation. Timeouts are in seconds, None where there is none.

    ``ignore`` are the Application's ``ignoreDifferences``; with ``respect_ignored`` a sync leaves
    what they name as it is. ``fail_on_shared`` refuses objects that another application tracks.
    """

    prune: bool = False
    dry_run: bool = False
    force: bool = False
    run_hooks: bool = True
    selective_hooks: bool = False
    supersede: bool = False
    create_namespace: bool = False
    namespace_labels: dict[str, str] = {}
    namespace_annotations: dict[str, str] = {}
    preflight: PreflightMode = PreflightMode.SERVER
    hook_timeout: float | None = None
    sync_timeout: float | None = None
    argocd_compatible: bool = False
    out_of_sync_only: bool = False
    respect_ignored: bool = False
    fail_on_shared: bool = False
    ignore: tuple[IgnoreRule, ...] = ()
    objects: ObjectOptions = ObjectOptions()
    retry: RetryOptions = RetryOptions()
