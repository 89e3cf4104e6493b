"""What applying a plan would change on a cluster.

Objects are read in lists, compared with their targets, and only where that leaves a doubt applied
as a dry run; what differs then is what would change. Fields are named, values never: they may be
secrets.
"""

from __future__ import annotations

import asyncio

import msgspec

from tenter.applications.live_objects import read_live
from tenter.applications.workplace import Workplace
from tenter.diff import changed_fields, content
from tenter.engine import Plan, SyncOptions, Task, TaskKind
from tenter.errors import (
    ApiError,
    NotFound,
    TenterError,
    TooManyRequests,
    Unauthorized,
    UnknownKind,
)
from tenter.kube import Client
from tenter.library.planned import ChangeKind, PlannedChange
from tenter.manifests import Key, Manifest
from tenter.runner.comparing import Comparer

_NAMED_FIELDS = 3


class Examined(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What would become of one task's object.

    ``before`` is the object as it is and ``after`` as it would be, without what is ignored; None
    where it is not there, or where no more is known.
    """

    change: PlannedChange
    before: Manifest | None = None
    after: Manifest | None = None


async def planned_changes(
    workplace: Workplace, plan: Plan, options: SyncOptions
) -> dict[str, PlannedChange]:
    """Return what each task of ``plan`` would do, by task id.

    Raises ClusterUnreachable, and Forbidden where an object may not be read; an object that the
    server would refuse is told in its change.
    """
    return {task: one.change for task, one in (await examine(workplace, plan, options)).items()}


def unasked_changes(plan: Plan) -> dict[str, PlannedChange]:
    """Return the tasks of ``plan`` without a cluster's word on them."""
    return {
        task.id: PlannedChange(
            change=ChangeKind.RUN if task.kind is TaskKind.HOOK else ChangeKind.APPLY
        )
        for task in plan.tasks
    }


async def examine(workplace: Workplace, plan: Plan, options: SyncOptions) -> dict[str, Examined]:
    """Return what would become of each task's object, by task id; raises as ``planned_changes``."""
    tasks = [*plan.tasks, *plan.skipped]
    targets: dict[Key, Manifest] = {
        task.key: task.manifest
        for task in tasks
        if task.kind is TaskKind.APPLY and task.manifest is not None
    }
    client = workplace.client
    live = await read_live(client, targets)
    comparer = Comparer(client, options, workplace.answers, workplace.paths)
    try:
        async with asyncio.TaskGroup() as group:
            found = {
                task.id: group.create_task(_examine(client, comparer, task, live.get(task.key)))
                for task in tasks
            }
    except ExceptionGroup as failed:
        # All failed for one reason, most likely: one error says it.
        raise failed.exceptions[0] from None
    return {task: examined.result() for task, examined in found.items()}


async def _examine(
    client: Client, comparer: Comparer, task: Task, live: Manifest | TenterError | None
) -> Examined:
    if task.kind is TaskKind.HOOK:
        return _found(ChangeKind.RUN)
    if task.kind is TaskKind.PRUNE:
        if task.skip_reason:
            return _found(ChangeKind.KEEP, task.skip_reason)
        asks = "waits for --confirm-prune" if task.needs_confirmation else ""
        return _found(ChangeKind.PRUNE, asks, before=await _read(client, task.key))
    assert task.manifest is not None  # noqa: S101 - an apply without a manifest is no task
    if isinstance(live, UnknownKind):
        return _found(ChangeKind.CREATE, "of a kind not served yet", after=task.manifest)
    if isinstance(live, TenterError):
        raise live
    return await _applied(comparer, task, task.manifest, live)


async def _applied(
    comparer: Comparer, task: Task, manifest: Manifest, live: Manifest | None
) -> Examined:
    try:
        if live is None:
            predicted = await comparer.predict(manifest)
            return _found(ChangeKind.CREATE, after=predicted)
        compared = await comparer.compare(manifest, live)
        if compared.in_sync:
            return _found(ChangeKind.UNCHANGED)
        predicted = compared.predicted or await comparer.predict(manifest)
    except NotFound:
        reason = f"namespace {task.key.namespace} is not there yet"
        return _found(ChangeKind.CREATE, reason, after=manifest)
    except (TooManyRequests, Unauthorized):
        raise
    except ApiError as error:
        return _found(ChangeKind.FAIL, str(error))
    before, after = await comparer.shown(live, live), await comparer.shown(predicted, live)
    # A dry run keeps what another tool applied and Git dropped; a sync takes that over, and away.
    changed = list(changed_fields(content(before), content(after))) or list(compared.fields)
    more = f" and {len(changed) - _NAMED_FIELDS} more" if len(changed) > _NAMED_FIELDS else ""
    reason = ", ".join(changed[:_NAMED_FIELDS]) + more
    return _found(ChangeKind.CONFIGURE, reason, before=before, after=after)


async def _read(client: Client, key: Key) -> Manifest | None:
    try:
        resource = await client.resource(key.group, key.kind)
        return await client.get(resource, key.namespace, key.name)
    except (NotFound, UnknownKind):
        return None


def _found(
    change: ChangeKind,
    reason: str = "",
    *,
    before: Manifest | None = None,
    after: Manifest | None = None,
) -> Examined:
    return Examined(change=PlannedChange(change=change, reason=reason), before=before, after=after)
