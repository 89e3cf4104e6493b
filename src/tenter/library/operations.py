"""Sync, plan, roll back, terminate, delete: each a call, thin over ``applications``.

What they have in common: a cluster that is open, an application by name or by source, progress
told to a callback, and a ``Control`` through which the caller may reach into what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Unpack

from tenter.applications import syncing
from tenter.applications.outcome import Outcome
from tenter.library.advice import advice
from tenter.library.cluster import Cluster
from tenter.library.keywords import SourceLike, SyncKeywords, application_of, request_of
from tenter.library.outcomes import SyncOutcome
from tenter.library.workplaces import workplace_on
from tenter.runner import Control
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
    listener = _advised(on_progress) if on_progress else None
    async with workplace_on(cluster, listener, control, keywords) as workplace:
        return _outcome(await syncing.sync(request, workplace))


async def stream(
    source: SourceLike,
    *,
    cluster: Cluster,
    control: Control | None = None,
    **keywords: Unpack[SyncKeywords],
) -> AsyncIterator[Progress]:
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


def _advised(listener: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Return ``listener`` as one that is also told, once, what surprises people in the plan."""

    def listen(event: Progress) -> None:
        listener(event)
        if isinstance(event, AttemptPlanned) and event.number == 0:
            for one in advice(event.plan):
                where = f" ({one.origin})" if one.origin else ""
                listener(Warned(at=event.at, message=f"{one.message}{where}", key=one.key))

    return listen


def _outcome(outcome: Outcome) -> SyncOutcome:
    record = outcome.record
    return SyncOutcome(
        phase=outcome.phase,
        message=outcome.message,
        operation_state=outcome.operation_state,
        timed_out=any("timed out after" in cause for cause in record.causes),
        terminated=bool(record.terminating),
    )
