"""Auto-sync and self-heal: should the controller itself begin a sync now? Pure.

A new revision is synced once; one that failed is not tried again (after its retries) until the
revision or the source changes. Where live objects drift from a revision that was synced, self-heal
syncs just those objects, at once the first time and then after 2, 6, 18 … 300 seconds, counted by
``autoHealAttemptsCount`` until any other operation resets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tenter.argoproj.application import Application, Automated
from tenter.argoproj.conditions import ConditionType, condition
from tenter.argoproj.governing import AUTOMATED_RETRIES
from tenter.argoproj.operation import (
    Initiator,
    Operation,
    OperationResource,
    RetryStrategy,
    SyncOperation,
)
from tenter.argoproj.source import ApplicationSource
from tenter.argoproj.status import Condition, OperationState, ResourceReport, SyncReport
from tenter.argoproj.windows import WindowVerdict

FIRST_PAUSE = 2.0
PAUSE_FACTOR = 3.0
LONGEST_PAUSE = 300.0

_OUT_OF_SYNC = "OutOfSync"
_SYNCED = "Synced"
_SUCCEEDED = "Succeeded"


class AutoSyncDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: an ``operation`` to begin, or ``why`` none is begun.

    ``condition`` is to be shown; ``again_at`` is the Unix second at which to decide again, though
    nothing else may have happened by then.
    """

    operation: Operation | None = None
    why: str = ""
    condition: Condition | None = None
    again_at: float | None = None


def decide_auto_sync(
    application: Application,
    sync: SyncReport,
    resources: Sequence[ResourceReport],
    window: WindowVerdict,
    now: float,
) -> AutoSyncDecision:
    """Return whether to begin a sync of the Application at ``now`` (Unix seconds).

    ``sync`` and ``resources`` are what the comparison found, ``window`` whether its sync windows
    let an automated sync run.
    """
    automated = application.spec.automated
    state = application.status.operation_state
    why = ""
    if automated is None:
        why = "auto-sync is off"
    elif application.deleted:
        why = "the application is being deleted"
    elif application.operation is not None or (state is not None and not state.ended):
        why = "another operation is in progress"
    elif sync.status != _OUT_OF_SYNC:
        why = f"the application is {sync.status}"
    elif not automated.prune and _only_prunes(resources):
        why = "only objects to prune differ, and automated.prune is off"
    elif not window.allowed:
        return AutoSyncDecision(why=window.message, again_at=window.until)
    if why or automated is None:
        return AutoSyncDecision(why=why)
    return _decided(application, automated, sync, resources, now)


def heal_pause(attempts: int) -> float:
    """Return the seconds between a self-heal and the next, after so many ``attempts`` in a row."""
    if attempts <= 0:
        return 0.0
    return min(FIRST_PAUSE * PAUSE_FACTOR ** min(attempts - 1, 20), LONGEST_PAUSE)


def _decided(
    application: Application,
    automated: Automated,
    sync: SyncReport,
    resources: Sequence[ResourceReport],
    now: float,
) -> AutoSyncDecision:
    revisions = _revisions(sync.revision, sync.revisions)
    named = ", ".join(revisions)
    operation = _operation(application, automated, sync)
    state = application.status.operation_state
    if state is not None and _is_attempt_at(state, revisions, application.spec.all_sources):
        if state.phase != _SUCCEEDED:
            message = f"Failed last sync attempt to [{named}]: {state.message}"
            return AutoSyncDecision(why=message, condition=condition(ConditionType.SYNC, message))
        if not automated.self_heal:
            return AutoSyncDecision(why=f"[{named}] was synced already, and selfHeal is off")
        attempts = state.operation.sync.auto_heal_attempts_count if state.operation.sync else 0
        at = _seconds(state.finished_at) + heal_pause(attempts)
        if attempts and at > now:
            return AutoSyncDecision(why="self-heal pauses after its last attempt", again_at=at)
        operation = _healing(operation, attempts + 1, resources)
    if automated.prune and not automated.allow_empty and _all_prunes(resources):
        message = (
            f"Skipping sync attempt to [{named}]: auto-sync will wipe out all resources. Set "
            "automated.allowEmpty if that is meant, or sync by hand with prune"
        )
        return AutoSyncDecision(why=message, condition=condition(ConditionType.SYNC, message))
    return AutoSyncDecision(operation=operation)


def _operation(application: Application, automated: Automated, sync: SyncReport) -> Operation:
    spec = application.spec
    return Operation(
        initiated_by=Initiator(automated=True),
        retry=spec.retry or RetryStrategy(limit=AUTOMATED_RETRIES),
        sync=SyncOperation(
            revision=sync.revision,
            revisions=sync.revisions,
            source=None if spec.has_several_sources else spec.source,
            sources=spec.sources,
            prune=automated.prune,
            sync_options=spec.sync_options,
        ),
    )


def _healing(operation: Operation, attempt: int, resources: Sequence[ResourceReport]) -> Operation:
    selected = tuple(
        OperationResource(
            group=each.group, kind=each.kind, name=each.name, namespace=each.namespace
        )
        for each in resources
        if each.status != _SYNCED and not each.hook
    )
    sync = msgspec.structs.replace(
        operation.sync or SyncOperation(), auto_heal_attempts_count=attempt, resources=selected
    )
    return msgspec.structs.replace(operation, sync=sync)


def _only_prunes(resources: Sequence[ResourceReport]) -> bool:
    return all(
        each.requires_pruning for each in resources if each.status != _SYNCED and not each.hook
    )


def _all_prunes(resources: Sequence[ResourceReport]) -> bool:
    ordinary = [each for each in resources if not each.hook]
    return bool(ordinary) and all(each.requires_pruning for each in ordinary)


def _revisions(revision: str, revisions: Sequence[str]) -> tuple[str, ...]:
    return tuple(revisions) or (revision,)


def _is_attempt_at(
    state: OperationState, revisions: tuple[str, ...], sources: Sequence[ApplicationSource]
) -> bool:
    """Tell whether the last operation was to sync these revisions of these sources."""
    asked = state.operation.sync
    if asked is None or asked.dry_run:
        return False
    done = state.sync_result
    # An operation that failed before it knew its revision has only what it was asked for.
    reached = _revisions(
        done.revision if done else asked.revision, done.revisions if done else asked.revisions
    )
    used = (done.sources or _one(done.source)) if done else (asked.sources or _one(asked.source))
    return reached == revisions and (used or tuple(sources)) == tuple(sources)


def _one(source: ApplicationSource | None) -> tuple[ApplicationSource, ...]:
    return () if source is None else (source,)


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0
