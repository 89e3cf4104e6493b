"""Going back to an entry of an Application's history. Pure.

A rollback applies what was deployed then, without hooks, and is itself an entry of the history.
While auto-sync is on it would be undone at once, so it is refused.
"""

from __future__ import annotations

from tenter.argoproj.application import Application
from tenter.argoproj.governing import governing_options
from tenter.argoproj.operation import (
    Initiator,
    Operation,
    StrategyApply,
    SyncOperation,
    SyncStrategy,
)
from tenter.argoproj.status import Deployed
from tenter.errors import UsageError


def rollback_operation(
    application: Application,
    entry: int | None = None,
    *,
    prune: bool = False,
    dry_run: bool = False,
    username: str = "",
) -> Operation:
    """Return the operation that goes back to the history's ``entry`` (None: the one before last).

    Raises ``UsageError`` while auto-sync is on, and for an entry that the history does not have.
    """
    if application.spec.automated is not None:
        raise UsageError(
            f"{application.name} cannot be rolled back while auto-sync is on, which would undo it; "
            "set spec.syncPolicy.automated.enabled to false first"
        )
    found = _entry(application, entry)
    if found.source is None and not found.sources:
        raise UsageError(
            f"entry {found.id} of the history of {application.name} does not say its source; sync "
            f"the revision {found.revision or found.revisions} instead"
        )
    options = governing_options(Operation(), application.spec)
    return Operation(
        initiated_by=Initiator(username=username) if username else None,
        sync=SyncOperation(
            revision=found.revision,
            revisions=found.revisions,
            source=None if found.sources else found.source,
            sources=found.sources,
            prune=prune,
            dry_run=dry_run,
            sync_options=options,
            sync_strategy=SyncStrategy(apply=StrategyApply()),
        ),
    )


def _entry(application: Application, entry: int | None) -> Deployed:
    history = sorted(application.status.history, key=lambda each: each.id)
    if entry is None:
        if len(history) < 2:
            raise UsageError(f"{application.name} has no earlier deployment to go back to")
        return history[-2]
    for each in history:
        if each.id == entry:
            return each
    known = ", ".join(str(each.id) for each in history) or "none"
    raise UsageError(
        f"the history of {application.name} has no entry {entry}; it has these: {known}"
    )
