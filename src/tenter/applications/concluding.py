"""What becomes of an application's state when a sync has ended."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.applications.preparing import kept
from tenter.applications.session import Session
from tenter.applications.state import (
    ABOUT,
    HISTORY,
    INVENTORY,
    RUNNING,
    HistoryEntry,
    State,
)
from tenter.engine import OperationPhase, Record, ResultStatus, Target


async def conclude(session: Session, state: State, targets: Sequence[Target]) -> None:
    """Write the history of a whole, successful sync, and take what is gone off the inventory."""
    record = state.record
    if record is None:
        return
    _settle_inventory(state, record)
    parts = [ABOUT, INVENTORY, RUNNING]
    if record.phase is OperationPhase.SUCCEEDED and not record.selection:
        _write_history(state, record, targets)
        parts.append(HISTORY)
    state.running = ()
    await session.keep(*parts)


def _settle_inventory(state: State, record: Record) -> None:
    pruned = {
        result.key: None
        for result in record.results.values()
        if result.status is ResultStatus.PRUNED
    }
    # One manifest may have been a hook in two phases, of which only the earlier object is gone.
    staying = [hook.key for hook in record.hooks.values() if hook.uid and not hook.deleted]
    deleted = {hook.key for hook in record.hooks.values() if hook.deleted}.difference(staying)
    inventory = state.inventory
    inventory.objects = [key for key in inventory.objects if key not in pruned]
    inventory.hooks = [key for key in inventory.hooks if key not in deleted]
    state.about.last_started = max(state.about.last_started, record.attempt.started)


def _write_history(state: State, record: Record, targets: Sequence[Target]) -> None:
    about = state.about
    number = state.history[-1].id + 1 if state.history else 0
    state.history.append(
        HistoryEntry(
            id=number,
            deployed_at=record.finished_at or record.started_at,
            deploy_started_at=record.started_at,
            revision=about.revision,
            source=about.source,
            manifests=kept(targets) if about.keep_manifests else None,
        )
    )
    limit = about.history_limit
    state.history = state.history[-limit:] if limit > 0 else []
