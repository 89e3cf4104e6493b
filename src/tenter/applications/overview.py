"""Tells how an application stands: whether it is as the source wants it, and whether healthy.

An object is in sync when applying its target would change nothing: decided from its fields and
their owners, and confirmed by the server where that leaves a doubt. Hooks are neither compared nor
counted. An application that is in sync costs a list for each kind and namespace.
"""

from __future__ import annotations

import asyncio
import enum

import msgspec

from tenter.applications.history import require_state
from tenter.applications.live_objects import read_live
from tenter.applications.owned import find_owned, is_extraneous
from tenter.applications.preparing import Prepared, prepare_again, prepare_saved
from tenter.applications.state import HistoryEntry, State
from tenter.applications.targets import wanted_keys
from tenter.applications.workplace import Workplace
from tenter.engine import OperationPhase, SyncOptions, Target
from tenter.errors import ApiError, ManifestError, SourceError, TenterError, UnknownKind
from tenter.health import Health, HealthStatus, counted, judge, overall
from tenter.hooks import read_hook
from tenter.manifests import Key, Manifest, key_of
from tenter.runner.comparing import Comparer


class SyncStatus(enum.StrEnum):
    """Whether live is what the source wants."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


class ObjectOverview(msgspec.Struct, frozen=True, kw_only=True):
    """One object. ``requires_pruning``: the source no longer has it. ``health`` None: no check."""

    key: Key
    status: SyncStatus
    health: Health | None = None
    requires_pruning: bool = False
    message: str = ""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """An application. ``operation_message`` and the rest tell of its latest operation."""

    application: str
    namespace: str
    source: str
    revision: str
    status: SyncStatus
    health: HealthStatus
    objects: tuple[ObjectOverview, ...]
    operation_phase: OperationPhase | None = None
    operation_message: str = ""
    operation_started_at: float | None = None
    operation_finished_at: float | None = None
    deployed: HistoryEntry | None = None
    message: str = ""


async def overview(workplace: Workplace, application: str, place: str) -> Overview:
    """Return how the application stands now; ``place`` is the namespace of its state.

    Raises ``StateError`` where there is no such application, and what the client raises.
    """
    state = await require_state(workplace, application, place)
    about, record = state.about, state.record
    message = ""
    prepared: Prepared | None = None
    try:
        prepared = await _wanted(workplace, state)
    except (SourceError, ManifestError) as error:
        message = f"ComparisonError: {error}"
    objects = await _objects(workplace, state, prepared)
    statuses = [each.status for each in objects]
    status = SyncStatus.SYNCED
    if prepared is None or SyncStatus.UNKNOWN in statuses:
        status = SyncStatus.UNKNOWN
    if SyncStatus.OUT_OF_SYNC in statuses:
        status = SyncStatus.OUT_OF_SYNC
    return Overview(
        application=about.application,
        namespace=about.namespace,
        source=str(about.source) if about.source is not None else "",
        revision=about.revision,
        status=status,
        health=overall(each.health for each in objects),
        objects=tuple(objects),
        operation_phase=record.phase if record else None,
        operation_message=record.message if record else "",
        operation_started_at=record.started_at if record else None,
        operation_finished_at=record.finished_at if record else None,
        deployed=state.history[-1] if state.history else None,
        message=message,
    )


async def _wanted(workplace: Workplace, state: State) -> Prepared:
    if not state.running:
        return await prepare_again(workplace, state.about, _options(state))
    return await prepare_saved(workplace, state, _options(state))


def _options(state: State) -> SyncOptions:
    record = state.record
    return record.options if record is not None and not record.deletion else SyncOptions()


async def _objects(
    workplace: Workplace, state: State, prepared: Prepared | None
) -> list[ObjectOverview]:
    wanted: dict[Key, Target] = {}
    for target in prepared.targets if prepared is not None else ():
        if read_hook(target.manifest, target.origin) is None:
            wanted[key_of(target.manifest)] = target
    about = state.about
    kept = dict.fromkeys(wanted_keys(prepared.targets) if prepared is not None else ())
    others = [key for key in state.inventory.objects if key not in kept]
    found = await find_owned(workplace.client, others, about.application, about.namespace)
    comparer = Comparer(workplace.client, _options(state), workplace.answers, workplace.paths)
    live = await read_live(
        workplace.client, {key: target.manifest for key, target in wanted.items()}
    )
    try:
        async with asyncio.TaskGroup() as group:
            compared = [
                group.create_task(_compare(workplace, comparer, target, live[key]))
                for key, target in wanted.items()
            ]
            extra = [
                group.create_task(_left_over(workplace, key, live, known=prepared is not None))
                for key, live in found.live.items()
            ]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in (*compared, *extra)]


async def _compare(
    workplace: Workplace,
    comparer: Comparer,
    target: Target,
    live: Manifest | TenterError | None,
) -> ObjectOverview:
    key = key_of(target.manifest)
    if live is None or isinstance(live, UnknownKind):
        return ObjectOverview(
            key=key,
            status=SyncStatus.OUT_OF_SYNC,
            health=Health(HealthStatus.MISSING),
            message=str(live or ""),
        )
    if isinstance(live, ApiError):
        return ObjectOverview(key=key, status=SyncStatus.UNKNOWN, message=str(live))
    if isinstance(live, TenterError):
        raise live
    message = ""
    try:
        compared = await comparer.compare(target.manifest, live)
        status = SyncStatus.SYNCED if compared.in_sync else SyncStatus.OUT_OF_SYNC
    except ApiError as error:
        status, message = SyncStatus.OUT_OF_SYNC, str(error)
    health = await _health(workplace, live)
    return ObjectOverview(key=key, status=status, health=health, message=message)


async def _left_over(
    workplace: Workplace, key: Key, live: Manifest, *, known: bool
) -> ObjectOverview:
    """Tell of an object that the source no longer has; or, where it is not ``known``, may have."""
    status = SyncStatus.OUT_OF_SYNC if known else SyncStatus.UNKNOWN
    if known and is_extraneous(live):
        status = SyncStatus.SYNCED
    return ObjectOverview(
        key=key,
        status=status,
        health=await _health(workplace, live),
        requires_pruning=known,
    )


async def _health(workplace: Workplace, live: Manifest) -> Health | None:
    health, _ = await judge(live, workplace.scripts)
    return counted(live, health)
