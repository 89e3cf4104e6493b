"""An operation's record as the Application shows it: ``operationState`` and ``history``. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.applications.state import About
from tenter.argoproj import (
    ApplicationSource,
    Deployed,
    Initiator,
    plain,
    read_operation,
)
from tenter.engine import OperationPhase, Record, operation_state
from tenter.engine.operation_state import timestamp
from tenter.errors import SpecError

TERMINATING = "Terminating"


def shown_state(record: Record, about: About, waiting: str = "") -> dict[str, Any]:
    """Return ``status.operationState``; ``waiting`` says what a running operation waits for."""
    several = len(about.sources) > 1
    source = about.sources[0] if about.sources and not several else {}
    state = operation_state(record, about.asked, source, "" if several else about.revision)
    if state.get("finishedAt", "") and state["finishedAt"] < state["startedAt"]:
        state["finishedAt"] = state["startedAt"]  # it was over within its first second
    result = state["syncResult"]
    if several:
        del result["source"]
        result["sources"] = list(about.sources)
        result["revisions"] = list(about.revisions)
    elif not source:
        del result["source"]
    if not record.phase.ended:
        state["message"] = record.message or waiting
        if record.terminating:
            state["phase"] = TERMINATING
    return state


def closed_state(
    asked: dict[str, Any], phase: OperationPhase, message: str, started: str, now: str
) -> dict[str, Any]:
    """Return the state of an operation that ended before it had a record."""
    return {
        "operation": asked,
        "phase": phase.value,
        "message": message,
        "startedAt": started,
        "finishedAt": now,
    }


def blocked_state(asked: dict[str, Any], message: str, started: str) -> dict[str, Any]:
    """Return the state of an operation that may not begin yet, and why."""
    return {
        "operation": asked,
        "phase": OperationPhase.RUNNING.value,
        "message": message,
        "startedAt": started,
    }


def next_history(
    history: list[dict[str, Any]], record: Record, about: About, limit: int
) -> list[dict[str, Any]]:
    """Return the history with the operation in it, where it deployed the whole of something.

    ``limit`` is how many entries are kept.
    """
    whole = not record.selection and not record.options.dry_run
    if record.phase is not OperationPhase.SUCCEEDED or not whole:
        return history
    started = timestamp(record.started_at)
    if any(entry.get("deployStartedAt") == started for entry in history[-1:]):
        return history  # written already, by a process that did not live to see it
    number = max((int(entry.get("id") or 0) for entry in history), default=-1) + 1
    several = len(about.sources) > 1
    sources = tuple(msgspec.convert(each, ApplicationSource) for each in about.sources)
    entry = Deployed(
        id=number,
        deployed_at=timestamp(record.finished_at or record.started_at),
        deploy_started_at=started,
        revision="" if several else about.revision,
        revisions=about.revisions if several else (),
        source=sources[0] if sources and not several else None,
        sources=sources if several else (),
        initiated_by=_initiator(about.asked),
    )
    kept = [*history, plain(entry)]
    return kept[-limit:] if limit > 0 else []


def _initiator(asked: dict[str, Any]) -> Initiator | None:
    try:
        return read_operation(asked).initiated_by
    except SpecError:
        return None
