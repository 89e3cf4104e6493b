"""Sync, plan, roll back, terminate, delete: each a call, thin over ``applications``.

What they have in common: a cluster that is open, an application by name or by source, progress
told to a callback, and a ``Control`` through which the caller may reach into what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Unpack

from tenter import applications
from tenter.engine import Selected
from tenter.library.advice import advice
from tenter.library.cluster import Cluster
from tenter.library.finding import chosen_application, existing_state
from tenter.library.keywords import (
    PlaceKeywords,
    SourceLike,
    SyncKeywords,
    application_of,
    request_of,
)
from tenter.library.outcomes import SyncOutcome
from tenter.library.selection import unmatched
from tenter.library.source_keywords import render_settings
from tenter.library.workplaces import workplace_on
from tenter.runner import Control, Report
from tenter.runner.progress import AttemptPlanned, Progress, Warned


async def sync(
    source: SourceLike,
    *,
    cluster: Cluster,
    on_progress: Callable[[Progress], None] | None = None,
    control: Control | None = None,
    **keywords: Unpack[SyncKeywords],
) -> SyncOutcome:
    """Bring ``cluster`` to what ``source`` wants, with its hooks, and return how that ended.

    ``on_progress`` is called with each event as it happens, and must not block. ``control`` ends
    the operation or approves its prunes from outside. For ``keywords`` see ``SyncKeywords``. An
    operation that a process left behind unfinished is gone on with, at its own revision. A sync
    that fails is an outcome; bad input, an unreachable cluster and an operation that already runs
    are errors (``tenter.errors``). Cancelling leaves the operation to be gone on with later.

    >>> outcome = await tenter.sync("./deploy", cluster=cluster, application="shop", prune=True)
    """
    application = application_of(source, keywords, cluster.namespace)
    request = request_of(application, keywords)
    control = control or Control()
    if keywords.get("confirm_prune"):
        control.confirm_pruning()
    listener = _advised(on_progress, request.selection) if on_progress else None
    settings = render_settings(keywords)
    async with workplace_on(cluster, listener, control, keywords, settings) as workplace:
        return _outcome(application.name, await applications.sync(request, workplace))


async def stream(
    source: SourceLike,
    *,
    cluster: Cluster,
    control: Control | None = None,
    **keywords: Unpack[SyncKeywords],
) -> AsyncGenerator[Progress, None]:
    """Sync, and yield each event as it happens; the last one is ``OperationEnded``.

    Parameters and errors are those of ``sync``. Who leaves the loop early cancels the sync.

    >>> async for event in tenter.stream("./deploy", cluster=cluster):
    ...     print(event)
    """
    events: asyncio.Queue[Progress | None] = asyncio.Queue()

    async def work() -> None:
        try:
            await sync(
                source,
                cluster=cluster,
                on_progress=events.put_nowait,
                control=control,
                **keywords,
            )
        finally:
            events.put_nowait(None)

    task = asyncio.create_task(work())
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        # Waited for, so that nothing of the sync goes on unseen; its error was raised above, or
        # is of no interest to one who left.
        await asyncio.gather(task, return_exceptions=True)


async def rollback(
    application: str | None = None,
    entry: int | None = None,
    *,
    cluster: Cluster,
    prune: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    control: Control | None = None,
    **place: Unpack[PlaceKeywords],
) -> SyncOutcome:
    """Sync what history entry ``entry`` deployed, by default the one before the last.

    It runs no hooks, as in Argo CD, and writes history of its own. ``application`` may be left
    out where there is only one. Raises UsageError for an entry that is not there or cannot be
    read any more, and as ``sync``.
    """
    name, namespace = await _placed(cluster, application, place)
    async with workplace_on(cluster, on_progress, control or Control(), place) as workplace:
        answer = await applications.rollback(workplace, name, namespace, entry, prune=prune)
    return _outcome(name, answer)


async def delete(
    application: str | None = None,
    *,
    cluster: Cluster,
    skip_hooks: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    control: Control | None = None,
    **place: Unpack[PlaceKeywords],
) -> SyncOutcome:
    """Delete an application: PreDelete hooks, its objects, PostDelete hooks, then its state.

    The hooks are those of the source while it can be read, else those last synced.
    ``skip_hooks`` runs none. Raises StateError where there is no such application, and as
    ``sync``.
    """
    name, namespace = await _placed(cluster, application, place)
    request = applications.DeleteRequest(
        application=name, state_namespace=namespace, skip_hooks=skip_hooks
    )
    async with workplace_on(cluster, on_progress, control or Control(), place) as workplace:
        return _outcome(name, await applications.delete(request, workplace))


async def terminate(
    application: str | None = None, *, cluster: Cluster, **place: Unpack[PlaceKeywords]
) -> applications.Asked | SyncOutcome:
    """Have the running operation of an application end, whichever process runs it.

    Returns who was asked, or how the operation ended where no process runs it any more and it was
    ended here. Raises StateError where no operation is running.
    """
    name, namespace = await _placed(cluster, application, place)
    async with workplace_on(cluster, None, Control(), place) as workplace:
        answer = await applications.terminate(workplace, name, namespace)
    return answer if isinstance(answer, applications.Asked) else _outcome(name, answer)


async def overview(
    application: str | None = None, *, cluster: Cluster, **place: Unpack[PlaceKeywords]
) -> applications.Overview:
    """Return how an application stands: each object's sync status and health, and its operation.

    Raises StateError where there is no such application.
    """
    name, namespace = await _placed(cluster, application, place)
    async with workplace_on(cluster, None, Control(), place) as workplace:
        return await applications.overview(workplace, name, namespace)


async def history(
    application: str | None = None, *, cluster: Cluster, **place: Unpack[PlaceKeywords]
) -> list[applications.HistoryEntry]:
    """Return the application's successful syncs and rollbacks, oldest first.

    Raises StateError where there is no such application.
    """
    name, namespace = await _placed(cluster, application, place)
    return (await existing_state(cluster.client, name, namespace)).history


async def logs(
    application: str | None = None, *, cluster: Cluster, **place: Unpack[PlaceKeywords]
) -> Report:
    """Return the report of the last operation: each attempt's hooks, exit codes and log tails.

    Raises StateError where there is no such application.
    """
    name, namespace = await _placed(cluster, application, place)
    state = await existing_state(cluster.client, name, namespace)
    return state.report or Report(operation="")


async def _placed(
    cluster: Cluster, application: str | None, place: PlaceKeywords
) -> tuple[str, str]:
    """Return which application is meant, and in which namespace its state is."""
    namespace = place.get("state_namespace") or place.get("namespace") or cluster.namespace
    return await chosen_application(cluster.client, application, namespace), namespace


def _advised(
    listener: Callable[[Progress], None], selection: Sequence[Selected]
) -> Callable[[Progress], None]:
    """Return ``listener`` as one that is also told, once, what surprises people in the plan."""

    def listen(event: Progress) -> None:
        listener(event)
        if isinstance(event, AttemptPlanned) and event.number == 0:
            for chosen in unmatched(event.plan, selection):
                listener(Warned(at=event.at, message=f"nothing in the source is {chosen}"))
            for one in advice(event.plan):
                where = f" ({one.origin})" if one.origin else ""
                message = f"{one.message}{where}"
                listener(Warned(at=event.at, message=message, key=one.key, advice=True))

    return listen


def _outcome(application: str, outcome: applications.Outcome) -> SyncOutcome:
    record = outcome.record
    return SyncOutcome(
        application=application,
        phase=outcome.phase,
        message=outcome.message,
        operation_state=outcome.operation_state,
        report=outcome.report,
        # The first cause is what failed first, after a heading; a late SyncFail hook is not it.
        timed_out=any("timed out after" in cause for cause in record.causes[:2]),
        terminated=bool(record.terminating),
        resumed=outcome.resumed,
    )
