"""What applying a plan would change on a cluster, by asking the server to try without doing.

Each object is read and applied as a dry run; what differs between the two is what would change.
Fields are named, values never: they may be secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from tenter.engine import Plan, Task, TaskKind
from tenter.errors import ApiError, NotFound, TooManyRequests, Unauthorized, UnknownKind
from tenter.kube import Client
from tenter.library.planned import ChangeKind, PlannedChange
from tenter.manifests import Manifest

_SERVERS_OWN = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid")
_NAMED_FIELDS = 3


async def planned_changes(client: Client, plan: Plan) -> dict[str, PlannedChange]:
    """Return what each task of ``plan`` would do, by task id.

    Raises ClusterUnreachable, and Forbidden where an object may not be read; an object that the
    server would refuse is told in its change.
    """
    tasks = [*plan.tasks, *plan.skipped]
    try:
        async with asyncio.TaskGroup() as group:
            asked = {task.id: group.create_task(_change(client, task)) for task in tasks}
    except ExceptionGroup as failed:
        # All failed for one reason, most likely: one error says it.
        raise failed.exceptions[0] from None
    return {task: change.result() for task, change in asked.items()}


def unasked_changes(plan: Plan) -> dict[str, PlannedChange]:
    """Return the tasks of ``plan`` without a cluster's word on them."""
    return {
        task.id: PlannedChange(
            change=ChangeKind.RUN if task.kind is TaskKind.HOOK else ChangeKind.APPLY
        )
        for task in plan.tasks
    }


async def _change(client: Client, task: Task) -> PlannedChange:
    if task.kind is TaskKind.HOOK:
        return PlannedChange(change=ChangeKind.RUN)
    if task.kind is TaskKind.PRUNE:
        if task.skip_reason:
            return PlannedChange(change=ChangeKind.KEEP, reason=task.skip_reason)
        asks = "waits for --confirm-prune" if task.needs_confirmation else ""
        return PlannedChange(change=ChangeKind.PRUNE, reason=asks)
    assert task.manifest is not None  # noqa: S101 - an apply without a manifest is no task
    return await _applied(client, task, task.manifest)


async def _applied(client: Client, task: Task, manifest: Manifest) -> PlannedChange:
    try:
        resource = await client.resource_of(manifest)
    except UnknownKind:
        return PlannedChange(change=ChangeKind.CREATE, reason="of a kind not served yet")
    try:
        live = await client.get(resource, task.key.namespace, task.key.name)
    except NotFound:
        live = None
    try:
        answer = await client.apply(resource, manifest, dry_run=True)
    except NotFound:
        return PlannedChange(
            change=ChangeKind.CREATE, reason=f"namespace {task.key.namespace} is not there yet"
        )
    except (TooManyRequests, Unauthorized):
        raise
    except ApiError as error:
        return PlannedChange(change=ChangeKind.FAIL, reason=str(error))
    if live is None:
        return PlannedChange(change=ChangeKind.CREATE)
    changed = list(_differences(_comparable(live), _comparable(answer.object), ""))
    if not changed:
        return PlannedChange(change=ChangeKind.UNCHANGED)
    more = f" and {len(changed) - _NAMED_FIELDS} more" if len(changed) > _NAMED_FIELDS else ""
    return PlannedChange(
        change=ChangeKind.CONFIGURE, reason=", ".join(changed[:_NAMED_FIELDS]) + more
    )


def _comparable(obj: Manifest) -> Manifest:
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _SERVERS_OWN}
    return {**{k: v for k, v in obj.items() if k != "status"}, "metadata": metadata}


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    """Yield the paths of the fields that differ, as deep as both sides have the same shape."""
    if isinstance(before, dict) and isinstance(after, dict):
        for field in sorted({**before, **after}):
            yield from _differences(before.get(field), after.get(field), _joined(path, field))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif before != after:
        yield path


def _joined(path: str, field: str) -> str:
    shown = f'["{field}"]' if "." in field or "/" in field else field
    if not path or shown.startswith("["):
        return path + shown
    return f"{path}.{shown}"
