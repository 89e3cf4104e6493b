"""What a sync would do, without doing it; with a cluster's word on each object, or without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Unpack

import msgspec

from tenter import engine
from tenter.applications.preparing import Prepared, check_documents, prepare
from tenter.applications.requests import SyncRequest
from tenter.applications.session import read_state
from tenter.applications.state import Inventory
from tenter.applications.sync_planning import SyncPlanner
from tenter.applications.workplace import Workplace
from tenter.engine import AttemptFacts, Plan
from tenter.library.advice import advice
from tenter.library.cluster import DEFAULT_NAMESPACE, Cluster
from tenter.library.comparing import planned_changes, unasked_changes
from tenter.library.io_environment import real_environment
from tenter.library.keywords import SourceLike, SyncKeywords, application_of, request_of
from tenter.library.planned import PlannedChange, SyncPlan
from tenter.library.source_keywords import render_settings
from tenter.library.workplaces import workplace_on
from tenter.runner import Control
from tenter.sources import RenderFacts, RenderSettings, load


async def plan(
    source: SourceLike, *, cluster: Cluster | None = None, **keywords: Unpack[SyncKeywords]
) -> SyncPlan:
    """Return what ``sync`` with the same arguments would do: stages, changes, warnings.

    Nothing is changed. Without a cluster the plan is that of a first sync, and does not say what
    would change. Raises the errors of bad input, and those of reading the cluster.

    >>> planned = await tenter.plan("./deploy", cluster=cluster, prune=True)
    >>> planned.differs
    True
    """
    if cluster is None:
        request = request_of(application_of(source, keywords, DEFAULT_NAMESPACE), keywords)
        return await _unasked(request, render_settings(keywords))
    async with planned_on(source, cluster, keywords) as found:
        changes = await planned_changes(found.workplace, found.plan, found.request.sync_options())
    return _planned(found.request, found.prepared, found.plan, changes, cluster=cluster.description)


class PlannedOn(msgspec.Struct, frozen=True, eq=False):
    """What is asked for, its source as read, and the plan of a sync; and where it would run."""

    request: SyncRequest
    prepared: Prepared
    plan: Plan
    workplace: Workplace


@asynccontextmanager
async def planned_on(
    source: SourceLike, cluster: Cluster, keywords: SyncKeywords
) -> AsyncIterator[PlannedOn]:
    """Yield the plan of a sync on ``cluster``, with what it takes to look at its objects.

    Raises as ``plan``.
    """
    request = request_of(application_of(source, keywords, cluster.namespace), keywords)
    settings = render_settings(keywords)
    async with workplace_on(cluster, None, Control(), keywords, settings) as workplace:
        prepared = await prepare(
            request.application.source,
            workplace,
            application=request.application.name,
            namespace=request.application.namespace,
            options=request.sync_options(),
        )
        state = await read_state(cluster.client, request.application.name, request.state_place)
        planner = SyncPlanner(
            cluster.client,
            prepared,
            state.inventory if state else Inventory(),
            application=request.application.name,
            namespace=request.application.namespace,
            options=request.sync_options(),
            selection=request.selection,
            paths=workplace.paths,
        )
        facts = await planner.first_facts("plan", int(cluster.environment.now()))
        yield PlannedOn(request, prepared, planner.plan(facts), workplace)


async def _unasked(request: SyncRequest, settings: RenderSettings) -> SyncPlan:
    application, options = request.application, request.sync_options()
    loaded = await load(
        application.source,
        facts=RenderFacts(application=application.name, namespace=application.namespace),
        settings=settings,
    )
    prepared = check_documents(
        loaded.documents,
        None,
        application=application.name,
        namespace=application.namespace,
        options=options,
        revision=loaded.revision,
    )
    facts = AttemptFacts(
        operation="plan",
        number=0,
        started=int(real_environment().now()),
        revision=loaded.revision,
        destination_namespace=application.namespace,
    )
    planned = engine.plan(prepared.targets, options, facts, request.selection)
    notices = tuple(str(notice) for notice in loaded.notices)
    return _planned(
        request,
        prepared,
        planned,
        unasked_changes(planned),
        notices=notices,
        rendered_by="; ".join(loaded.rendered_by),
    )


def _planned(
    request: SyncRequest,
    prepared: Prepared,
    planned: Plan,
    changes: dict[str, PlannedChange],
    *,
    cluster: str = "",
    notices: tuple[str, ...] = (),
    rendered_by: str = "",
) -> SyncPlan:
    return SyncPlan(
        application=request.application.name,
        revision=prepared.revision,
        namespace=request.application.namespace,
        plan=planned,
        changes=changes,
        advice=tuple(advice(planned)),
        notices=(*notices, *(str(notice) for notice in prepared.notices)),
        cluster=cluster,
        rendered_by=rendered_by or prepared.rendered_by,
    )
