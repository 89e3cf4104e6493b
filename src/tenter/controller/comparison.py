"""Compares what is wanted with what is live: the sync status and health of one Application.

Every object is compared once a state: what was found holds until its target or its live version
changes, so that a change of one object costs no look at the others. Hooks are neither compared nor
counted; what carries the Application's mark and is wanted no more is to be pruned.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import msgspec

from tenter.applications.overview import SyncStatus
from tenter.applications.owned import is_extraneous
from tenter.applications.preparing import Prepared
from tenter.applications.tracking import Tracking, belongs
from tenter.argoproj import Condition, ConditionType, HealthReport, ResourceReport, condition
from tenter.controller.live import LiveObjects
from tenter.engine import SyncOptions, Target
from tenter.engine.option_reading import SYNC_OPTIONS
from tenter.errors import ApiError, UnknownKind, WaveError
from tenter.health import Health, HealthStatus, Scripts, counted, judge, overall
from tenter.hooks import HOOK, read_hook, read_wave
from tenter.manifests import GroupKind, Key, Manifest, comma_list, group_version, key_of
from tenter.runner.comparing import Comparer
from tenter.runner.sharing import sharing

APPLICATION = GroupKind("argoproj.io", "Application")
_CONFIRM = ("Prune=confirm", "Delete=confirm")


class ObjectState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One object: its report, its health as it counts, and what is to be said of it."""

    key: Key
    report: ResourceReport
    counted: Health | None = None
    counts: bool = True
    problem: str = ""
    shared: str = ""

    @property
    def out_of_sync(self) -> bool:
        """Whether a sync would change it (or prune it)."""
        return self.report.status == SyncStatus.OUT_OF_SYNC


class Comparison(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How an Application stands, object by object."""

    objects: tuple[ObjectState, ...]
    status: SyncStatus
    health: HealthStatus
    conditions: tuple[Condition, ...] = ()

    @property
    def resources(self) -> tuple[ResourceReport, ...]:
        """``status.resources``."""
        return tuple(each.report for each in self.objects)


class _Found(msgspec.Struct, frozen=True, eq=False):
    """What was found of one object, and for which target and live version that holds."""

    target: Manifest | None
    version: str
    state: ObjectState


class Comparing:
    """The comparisons of one Application, one after the other.

    ``application`` is its name in marks, ``namespace`` its destination's.
    """

    def __init__(self, live: LiveObjects, application: str, namespace: str) -> None:
        self._live = live
        self._application = application
        self._namespace = namespace
        self._found: dict[Key, _Found] = {}
        self._basis: object = None

    async def compare(
        self,
        prepared: Prepared | None,
        comparer: Comparer,
        scripts: Scripts | None,
        tracking: Tracking,
    ) -> Comparison:
        """Return how the objects stand now. Raises ``ClusterUnreachable`` and its like.

        ``prepared`` None: what is wanted cannot be read, and every object's status is Unknown.
        """
        basis = (comparer.options, scripts, tracking)
        if basis != self._basis:
            self._basis = basis
            self._found.clear()  # by other rules an object may stand otherwise
        wanted: dict[Key, Target] = {}
        hooks: dict[Key, None] = {}
        skipped: dict[Key, None] = {}
        targets = prepared.targets if prepared is not None else []
        for target in [*targets, *_managed_namespace(comparer.options, self._namespace, targets)]:
            hook = read_hook(target.manifest, target.origin)
            key = key_of(target.manifest)
            if hook is None:
                wanted[key] = target
            elif hook.skipped:
                skipped[key] = None
            else:
                hooks[key] = None
        self._live.follow(self._application, [*wanted, *hooks])
        extra = [
            (key, live)
            for key, live in self._live.marked(self._application)
            if key not in wanted and key not in skipped and self._is_own(key, live, tracking)
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                compared = [
                    tasks.create_task(self._wanted(key, target, comparer, scripts))
                    for key, target in wanted.items()
                ]
                left = [
                    tasks.create_task(self._extra(key, live, scripts, known=prepared is not None))
                    for key, live in sorted(extra, key=lambda pair: pair[0])
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        states = tuple(task.result() for task in (*compared, *left))
        self._forget({each.key: None for each in states})
        return _comparison(states, known=prepared is not None)

    async def _wanted(
        self, key: Key, target: Target, comparer: Comparer, scripts: Scripts | None
    ) -> ObjectState:
        version = self._live.version_of(key)
        known = self._found.get(key)
        if known is not None and known.target is target.manifest and known.version == version:
            return known.state
        state = await self._compared(key, target, comparer, scripts)
        # Without a version in the copy the object is absent, or followed by nobody.
        if version or self._live.informers.covers(key):
            self._found[key] = _Found(target.manifest, version, state)
        return state

    async def _compared(
        self, key: Key, target: Target, comparer: Comparer, scripts: Scripts | None
    ) -> ObjectState:
        manifest = target.manifest
        problem, status = "", SyncStatus.OUT_OF_SYNC
        live: Manifest | None = None
        health: Health | None = Health(HealthStatus.MISSING)
        try:
            live = await self._live.read(manifest, key)
        except UnknownKind:
            live = None
        except ApiError as error:
            problem, status, health = str(error), SyncStatus.UNKNOWN, None
        if live is not None:
            health = (await judge(live, scripts))[0]
            # What the server refuses is for a sync to meet, and to tell.
            with contextlib.suppress(ApiError):
                if (await comparer.compare(manifest, live)).in_sync:
                    status = SyncStatus.SYNCED
        return ObjectState(
            key=key,
            report=_report(key, manifest, live, status, health),
            counted=health if live is None else counted(live, health),
            problem=problem,
            shared=_shared(key, manifest, live),
        )

    async def _extra(
        self, key: Key, live: Manifest, scripts: Scripts | None, *, known: bool
    ) -> ObjectState:
        version = live["metadata"].get("resourceVersion") or ""
        found = self._found.get(key)
        if known and found is not None and found.target is None and found.version == version:
            return found.state
        health = (await judge(live, scripts))[0]
        if is_hook(live):
            report = _report(key, live, live, None, health)
            report = msgspec.structs.replace(report, hook=True, requires_pruning=True)
            state = ObjectState(key=key, report=report, counts=False)
        else:
            status = SyncStatus.SYNCED if is_extraneous(live) else SyncStatus.OUT_OF_SYNC
            report = _report(key, live, live, status if known else SyncStatus.UNKNOWN, health)
            report = msgspec.structs.replace(report, requires_pruning=known)
            state = ObjectState(key=key, report=report, counted=counted(live, health))
        if known:
            self._found[key] = _Found(None, version, state)
        return state

    def _is_own(self, key: Key, live: Manifest, tracking: Tracking) -> bool:
        owned = bool(live["metadata"].get("ownerReferences"))
        return not owned and belongs(live, self._application, key, self._namespace, tracking)

    def _forget(self, keys: Mapping[Key, None]) -> None:
        for key in [key for key in self._found if key not in keys]:
            del self._found[key]


def _managed_namespace(
    options: SyncOptions, namespace: str, targets: Sequence[Target]
) -> list[Target]:
    """Return the namespace that a sync creates and labels, as something that is wanted.

    One among the targets wins; without labels and annotations there is nothing to compare.
    """
    managed = options.namespace_labels or options.namespace_annotations
    if not options.create_namespace or not managed or not targets:
        return []
    key = Key("", "Namespace", "", namespace)
    if any(key_of(target.manifest) == key for target in targets):
        return []
    metadata: Manifest = {"name": namespace}
    if options.namespace_labels:
        metadata["labels"] = options.namespace_labels
    if options.namespace_annotations:
        metadata["annotations"] = options.namespace_annotations
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return [Target(manifest, "spec.syncPolicy.managedNamespaceMetadata")]


def is_hook(live: Manifest) -> bool:
    """Tell whether a live object was made by a hook, whatever else its annotations say."""
    annotations = live["metadata"].get("annotations") or {}
    return HOOK in annotations or "helm.sh/hook" in annotations


def _comparison(states: tuple[ObjectState, ...], *, known: bool) -> Comparison:
    statuses = [each.report.status for each in states if each.counts]
    status = SyncStatus.SYNCED
    if not known or SyncStatus.UNKNOWN in statuses:
        status = SyncStatus.UNKNOWN
    if SyncStatus.OUT_OF_SYNC in statuses:
        status = SyncStatus.OUT_OF_SYNC
    conditions = [
        *(condition(ConditionType.COMPARISON, each.problem) for each in states if each.problem),
        *(condition(ConditionType.SHARED_RESOURCE, each.shared) for each in states if each.shared),
    ]
    return Comparison(
        objects=states,
        status=status,
        health=overall(each.counted for each in states if each.counts),
        conditions=tuple(conditions),
    )


def _report(
    key: Key,
    manifest: Manifest,
    live: Manifest | None,
    status: SyncStatus | None,
    health: Health | None,
) -> ResourceReport:
    return ResourceReport(
        group=key.group,
        version=group_version(manifest)[1],
        kind=key.kind,
        namespace=key.namespace,
        name=key.name,
        status=status.value if status is not None else "",
        health=_health_report(health),
        requires_deletion_confirmation=_asks(manifest) or (live is not None and _asks(live)),
        sync_wave=_wave(manifest),
    )


def _health_report(health: Health | None) -> HealthReport | None:
    if health is None:
        return None
    return HealthReport(status=health.status.value, message=health.message)


def _asks(manifest: Manifest) -> bool:
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    return any(option in _CONFIRM for option in comma_list(annotations.get(SYNC_OPTIONS) or ""))


def _wave(manifest: Manifest) -> int:
    try:
        return read_wave(manifest)
    except WaveError:
        return 0  # someone wrote nonsense on the cluster


def _shared(key: Key, manifest: Manifest, live: Manifest | None) -> str:
    told = sharing(manifest, live)
    return f"{key.short} is part of another application as well: {told}" if told else ""
