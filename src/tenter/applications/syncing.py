"""Syncs an application: from its source to an ended operation, everything remembered.

The order matters. All input is read and checked first; then the Lease is taken; then the inventory,
the manifests and the record are saved, naming everything that may be created; and only then does
the runner touch an object. A process that dies anywhere leaves enough for the next one to go on.
"""

from __future__ import annotations

import msgspec

from tenter.applications.concluding import conclude
from tenter.applications.operations import new_record, saved_operation, saved_planner
from tenter.applications.outcome import Outcome, outcome_of
from tenter.applications.places import check_place, exists, open_place
from tenter.applications.preparing import (
    Prepared,
    kept,
    prepare,
)
from tenter.applications.requests import SyncRequest
from tenter.applications.saved_source import SavedSource, saved_source
from tenter.applications.session import Detached, Session, read_state, session_at
from tenter.applications.state import ABOUT, INVENTORY, About, State
from tenter.applications.superseding import SUPERSEDED, make_way
from tenter.applications.sync_planning import SyncPlanner
from tenter.applications.targets import delete_hooks
from tenter.applications.termination import end_here
from tenter.applications.workplace import Workplace
from tenter.engine import Plan, Record
from tenter.errors import OperationInProgress, StateError
from tenter.runner import Operation, Report, Surroundings, run_operation
from tenter.runner.progress import SourceRendered


class Preview(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a sync would do: its plan, and what a dry run of it came to."""

    plan: Plan
    prepared: Prepared
    outcome: Outcome


class _Opened(msgspec.Struct, frozen=True, eq=False):
    """An application opened for an operation."""

    session: Session
    surroundings: Surroundings
    workplace: Workplace


async def sync(request: SyncRequest, workplace: Workplace) -> Outcome:
    """Sync the application of ``request`` and return how that ended.

    An operation that a process left behind unfinished is gone on with instead, at its own
    revision. Raises the errors of bad input, ``OperationInProgress``, ``StateError``, ``StoodDown``
    and what the client raises; a sync that fails is an outcome, not an error.
    """
    prepared = await _prepare(request, workplace)
    return await sync_prepared(request, workplace, prepared)


async def preview(request: SyncRequest, workplace: Workplace) -> Preview:
    """Return what a sync would do. The server is asked by dry runs; nothing is changed."""
    request = msgspec.structs.replace(request, dry_run=True)
    prepared = await _prepare(request, workplace)
    plan, outcome = await _run_dry(request, workplace, prepared)
    return Preview(plan=plan, prepared=prepared, outcome=outcome)


async def sync_prepared(request: SyncRequest, workplace: Workplace, prepared: Prepared) -> Outcome:
    """Sync what was read and checked already; otherwise as ``sync``."""
    if prepared.rendered_by:
        workplace.listener(SourceRendered(at=workplace.environment.now(), by=prepared.rendered_by))
    for notice in prepared.notices:
        workplace.warn(str(notice))
    options = request.sync_options()
    place = request.state_place
    check_place(prepared.targets, place)
    if options.dry_run:
        return (await _run_dry(request, workplace, prepared))[1]
    own_namespace = place == request.application.namespace
    await open_place(workplace.client, place, create=options.create_namespace and own_namespace)
    source = saved_source(request.application.source, workplace.base)
    session = session_at(workplace, request.application.name, place)
    if options.supersede:
        # Nobody's operation is ended for a sync that would then be refused.
        earlier = await read_state(workplace.client, request.application.name, place)
        _check_source(request, earlier, source, session.where)
        await make_way(workplace, request.application.name, place)
    async with session, workplace.surroundings() as surroundings:
        state = session.state
        if options.supersede and state is not None and state.runs and not state.deletes:
            await end_here(session, state, workplace, SUPERSEDED)
        await session.follow(surroundings.informers)
        if state is not None and state.runs:
            return await _resume(_Opened(session, surroundings, workplace), state)
        _check_source(request, state, source, session.where)
        opened = _Opened(session, surroundings, workplace)
        return await _begin(request, opened, prepared, source)


async def _prepare(request: SyncRequest, workplace: Workplace) -> Prepared:
    source = request.application.source
    if request.revision:
        source = saved_source(source).at(request.revision)
    return await prepare(
        source,
        workplace,
        application=request.application.name,
        namespace=request.application.namespace,
        options=request.sync_options(),
    )


async def _begin(
    request: SyncRequest, opened: _Opened, prepared: Prepared, source: SavedSource
) -> Outcome:
    session, workplace = opened.session, opened.workplace
    application = request.application
    options = request.sync_options()
    state = session.state or State(
        about=About(application=application.name, namespace=application.namespace)
    )
    about = state.about
    about.application, about.namespace, about.source = (
        application.name,
        application.namespace,
        source,
    )
    about.revision, about.asked = prepared.revision, request.asked(prepared.revision)
    if request.run_hooks:
        # A rollback goes back; what the application follows, its deletion too, stays as it was.
        about.target_revision = request.revision or application.source.revision
    about.keep_manifests, about.history_limit = request.keep_manifests, application.history_limit

    async def refreshed() -> Prepared:
        fresh = await _prepare(request, workplace)
        about.revision = fresh.revision
        state.running = () if fresh.revision else fresh.kept
        return fresh

    planner = SyncPlanner(
        workplace.client,
        prepared,
        state.inventory,
        application=application.name,
        namespace=application.namespace,
        options=options,
        selection=request.selection,
        save=lambda: session.keep(ABOUT, INVENTORY),
        refresh=refreshed if options.retry.refresh else None,
        paths=workplace.paths,
    )
    record = await new_record(workplace, planner, about, options, selection=request.selection)
    about.last_started = record.attempt.started
    state.record = record
    state.report = Report(operation=record.operation, revision=prepared.revision)
    needs_manifests = not prepared.revision or request.keep_manifests
    state.running = prepared.kept if needs_manifests else ()
    state.delete_hooks = kept(delete_hooks(prepared.targets))
    await session.begin(state)
    return await _run(opened, state, record, planner)


async def _resume(opened: _Opened, state: State) -> Outcome:
    session, workplace = opened.session, opened.workplace
    about, record = state.about, state.record
    if record is None or about.source is None:
        raise StateError(f"{session.where} holds no operation to go on with")
    if record.deletion:
        raise OperationInProgress(
            f"{about.application} is being deleted. Go on with: "
            f"tenter delete --app {about.application}"
        )
    planner = await saved_planner(
        workplace, state, record, save=lambda: session.keep(ABOUT, INVENTORY)
    )
    await session.begin(state, resumed=True)
    return await _run(opened, state, record, planner, resumed=True)


async def _run(
    opened: _Opened,
    state: State,
    record: Record,
    planner: SyncPlanner,
    *,
    resumed: bool = False,
) -> Outcome:
    session = opened.session
    operation = saved_operation(state, record, planner, saved=resumed)
    await run_operation(opened.surroundings, operation, session, opened.workplace.control)
    await conclude(session, state, planner.targets)
    # A retry may have read the source again.
    return outcome_of(operation, state.about.revision, resumed=resumed)


async def _run_dry(
    request: SyncRequest, workplace: Workplace, prepared: Prepared
) -> tuple[Plan, Outcome]:
    application = request.application
    options = request.sync_options()
    place = request.state_place
    state = None
    if await exists(workplace.client, place):
        state = await read_state(workplace.client, application.name, place)
    source = saved_source(application.source, workplace.base)
    _check_source(request, state, source, f"the state in namespace {place}")
    state = state or State(
        about=About(application=application.name, namespace=application.namespace)
    )
    planner = SyncPlanner(
        workplace.client,
        prepared,
        state.inventory,
        application=application.name,
        namespace=application.namespace,
        options=options,
        selection=request.selection,
        paths=workplace.paths,
    )
    record = await new_record(workplace, planner, state.about, options, selection=request.selection)
    facts = record.attempt
    operation = Operation(
        application=application.name,
        record=record,
        report=Report(operation=record.operation, revision=prepared.revision),
        planner=planner,
        revision=prepared.revision,
        asked=request.asked(prepared.revision),
        source=source.described(prepared.revision),
    )
    async with workplace.surroundings() as surroundings:
        await run_operation(surroundings, operation, Detached(), workplace.control)
    return planner.plan(facts), outcome_of(operation, prepared.revision)


def _check_source(
    request: SyncRequest, state: State | None, source: SavedSource, where: str
) -> None:
    """Refuse to take an application over by chance. Raises ``StateError``."""
    if state is None or state.about.source is None or request.adopt:
        return
    about = state.about
    name = request.application.name
    if about.source is not None and not about.source.same_place(source):
        raise StateError(
            f"{name} is synced from {about.source} ({where}), and not from {source}. Choose "
            "another name with --app, or take it over with --adopt"
        )
    if about.namespace != request.application.namespace:
        raise StateError(
            f"{name} is synced to namespace {about.namespace} ({where}), and not to "
            f"{request.application.namespace}. Choose another name with --app, or take it over "
            "with --adopt"
        )
