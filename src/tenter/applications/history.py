"""What was deployed when: an application's history, and the way back to an entry of it.

A rollback syncs the entry's revision, or its kept manifests where there is no Git to read them
from. It runs no hooks, as in Argo CD (its strategy is ``apply``), and writes history of its own.
"""

from __future__ import annotations

import msgspec

from tenter.applications.application import Application
from tenter.applications.outcome import Outcome
from tenter.applications.preparing import Prepared, documents_of, prepare, prepare_documents
from tenter.applications.requests import SyncRequest
from tenter.applications.session import read_state
from tenter.applications.state import HistoryEntry, State
from tenter.applications.syncing import sync_prepared
from tenter.applications.workplace import Workplace
from tenter.errors import StateError, UsageError


async def history(workplace: Workplace, application: str, place: str) -> list[HistoryEntry]:
    """Return the application's successful syncs, oldest first; ``place`` is its state's namespace.

    Raises ``StateError`` where there is no such application.
    """
    return (await require_state(workplace, application, place)).history


async def require_state(workplace: Workplace, application: str, place: str) -> State:
    """Return the application's state. Raises ``StateError`` where there is none."""
    state = await read_state(workplace.client, application, place)
    if state is None:
        raise StateError(
            f"there is no application {application} in namespace {place}. Name its namespace with "
            "-n, or that of its state with --state-namespace"
        )
    return state


async def rollback(
    workplace: Workplace,
    application: str,
    place: str,
    entry_id: int | None = None,
    *,
    prune: bool = False,
    dry_run: bool = False,
    options: tuple[str, ...] = (),
) -> Outcome:
    """Sync what history entry ``entry_id`` deployed; None is the one before the latest.

    Raises ``UsageError`` for an entry that is not there or that cannot be read any more, and as
    ``sync``.
    """
    state = await require_state(workplace, application, place)
    entry = _entry(state, application, entry_id)
    request = _request(state, application, place, entry)
    request = msgspec.structs.replace(request, prune=prune, dry_run=dry_run, options=options)
    prepared = await _prepared(workplace, state, entry, request)
    return await sync_prepared(request, workplace, prepared)


def _entry(state: State, application: str, entry_id: int | None) -> HistoryEntry:
    if entry_id is None:
        if len(state.history) < 2:
            raise UsageError(
                f"{application} has no earlier deployment to go back to. See: "
                f"tenter history --app {application}"
            )
        return state.history[-2]
    for entry in state.history:
        if entry.id == entry_id:
            return entry
    known = ", ".join(str(entry.id) for entry in state.history) or "none"
    raise UsageError(f"{application} has no history entry {entry_id}; there are: {known}")


def _request(state: State, application: str, place: str, entry: HistoryEntry) -> SyncRequest:
    source = entry.source or state.about.source
    if source is None:
        raise UsageError(f"history entry {entry.id} of {application} does not say its source")
    return SyncRequest(
        application=Application(
            name=application,
            source=source.at(entry.revision),
            namespace=state.about.namespace,
            history_limit=state.about.history_limit,
        ),
        run_hooks=False,
        keep_manifests=entry.manifests is not None,
        state_namespace=place,
    )


async def _prepared(
    workplace: Workplace, state: State, entry: HistoryEntry, request: SyncRequest
) -> Prepared:
    about = state.about
    options = request.sync_options()
    if entry.manifests is not None:
        return await prepare_documents(
            documents_of(entry.manifests),
            workplace,
            application=about.application,
            namespace=about.namespace,
            options=options,
            revision=entry.revision,
        )
    if not entry.revision:
        raise UsageError(
            f"history entry {entry.id} of {about.application} came from no commit, and its "
            "manifests were not kept. Sync from Git, or with --keep-manifests, to be able to roll "
            "back"
        )
    return await prepare(
        request.application.source,
        workplace,
        application=about.application,
        namespace=about.namespace,
        options=options,
    )
