"""Deletes Applications that ask for it by finalizers: PreDelete, cascade, PostDelete, the end.

A deletion is an operation like a sync, kept in a SyncRun of its own: a controller that dies in the
middle is replaced by one that goes on. It never gets stuck without saying why: what is waited for,
and what failed and when it is tried again, are conditions. A Git path that is gone keeps nobody
from deleting, since the delete hooks last synced are kept in a Secret.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog

from tenter.applications.deletion_planning import DeletionPlanner
from tenter.applications.operations import new_record
from tenter.applications.owned import prune_target
from tenter.applications.preparing import documents_of
from tenter.applications.state import ABOUT, DELETE_HOOKS, About, KeptManifest, State, decode_state
from tenter.applications.state_store import StateStore
from tenter.applications.targets import delete_hooks
from tenter.applications.tracking import belongs
from tenter.applications.workplace import Workplace
from tenter.argoproj import (
    Application,
    Condition,
    ConditionType,
    condition,
    plain,
    read_application,
    read_status,
    with_conditions,
)
from tenter.controller.finalizers import cascade_of, is_ours, without_ours
from tenter.controller.ground import Ground
from tenter.controller.hosting import Host
from tenter.controller.kept import KeptOperation
from tenter.controller.live import LiveObjects
from tenter.controller.managed import ManagedApplication
from tenter.controller.options import spec_options
from tenter.controller.projects import refused_objects
from tenter.controller.sync_runs import (
    SyncRunForm,
    SyncRunSpec,
    has_ended,
    list_runs,
    run_name,
    spec_of,
)
from tenter.controller.wanted import checked
from tenter.engine import ObjectOptions, PruneTarget, SyncOptions, Target
from tenter.engine.operation_state import timestamp
from tenter.errors import (
    ManifestError,
    NotFound,
    OptionError,
    SourceError,
    SpecError,
    StoodDown,
    TenterError,
)
from tenter.manifests import Key, Manifest, key_of
from tenter.runner import Report

log = structlog.get_logger(__name__)

SKIP_HOOKS = "tenter.dev/skip-delete-hooks"
_OWNED = (ConditionType.DELETION, ConditionType.DELETING)
_PAUSE = 15.0
"""Seconds until a deletion that could not begin is tried again."""


class Deletions:
    """Deletes the Applications on ``ground``, each in a task of its own."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._running: dict[str, asyncio.Task[None]] = {}
        self._kept: dict[str, KeptOperation] = {}
        self._skipping: dict[str, None] = {}
        self._host = Host()

    def host(self, tasks: asyncio.TaskGroup) -> None:
        """Run deletions in ``tasks`` from now on."""
        self._host.use(tasks)

    def consider(self, managed: ManagedApplication, *, moved: bool = False) -> None:
        """Begin or go on with the deletion that the Application asks for.

        ``moved`` says that Git has moved, so that what failed may have been mended.
        """
        manifest, uid = managed.object.manifest, managed.object.uid
        if not any(is_ours(each) for each in manifest["metadata"].get("finalizers") or ()):
            return
        task = self._running.get(uid)
        if task is None:
            begun = self._host.begin(self._run(managed), f"deletion of {managed}")
            if begun is not None:
                self._running[uid] = begun
            return
        if _skips_hooks(manifest) and uid not in self._skipping:
            # What runs was planned with hooks: it is left as it is saved, and gone on with without.
            task.cancel()
        kept = self._kept.get(uid)
        if kept is not None:
            kept.journal.seen(manifest)
            if moved:
                kept.journal.retry_now()

    async def leave(self, managed: ManagedApplication) -> None:
        """Leave the Application's deletion as it is saved, for another to go on with."""
        task = self._running.get(managed.object.uid)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, managed: ManagedApplication) -> None:
        uid, pause = managed.object.uid, 0.0
        try:
            await self._delete(managed)
        except asyncio.CancelledError:
            if not _skips_hooks(managed.object.manifest):
                raise
        except NotFound:
            pass  # it is gone, as it should be
        except StoodDown as error:
            log.info("another process deletes", application=str(managed), why=str(error))
            pause = _PAUSE
        except Exception as error:
            known = isinstance(error, TenterError)
            log.warning(
                "a deletion is interrupted, and will be gone on with",
                application=str(managed),
                error=str(error),
                exc_info=None if known else error,
            )
            await self._tell(managed, str(error))
            pause = _PAUSE
        finally:
            self._running.pop(uid, None)
            self._kept.pop(uid, None)
        self._ground.look_again(managed.key, pause)

    async def _delete(self, managed: ManagedApplication) -> None:
        uid = managed.object.uid
        namespace = managed.key.namespace
        runs = await list_runs(self._ground.client, namespace, uid)
        deletion = next((run for run in reversed(runs) if spec_of(run).deletion), None)
        application = read_application(managed.object.manifest)
        reading = _Reading(self._ground, managed, application, runs)
        if deletion is None or not has_ended(deletion):
            live = self._ground.destinations.find(application.spec.destination)
            skips = _skips_hooks(managed.object.manifest)
            if skips:
                self._skipping[uid] = None
            options = _options(application, run_hooks=not skips)
            kept: KeptOperation | None = None

            async def started(_second: int) -> None:
                if kept is not None:
                    await kept.keep(ABOUT)

            planner = DeletionPlanner(
                lambda: reading.hooks(live),
                lambda own: reading.owned(live, own),
                revision=reading.revision,
                namespace=application.spec.destination.namespace,
                options=options,
                started=started,
            )
            await planner.read()
            if deletion is None:
                kept = await self._begun(managed, application, live, planner, options)
            else:
                kept = await self._resumed(managed, live, deletion, run_hooks=not skips)
            await kept.save()
            self._kept[uid] = kept
            await kept.run(planner)
        await self._let_go(managed)

    async def _begun(
        self,
        managed: ManagedApplication,
        application: Application,
        live: LiveObjects,
        planner: DeletionPlanner,
        options: SyncOptions,
    ) -> KeptOperation:
        about = About(
            application=application.instance(self._ground.options.namespace),
            namespace=application.spec.destination.namespace,
            asked={"delete": {}},
            last_started=int(self._ground.now),
        )
        workplace = Workplace(client=live.client, environment=self._ground.environment)
        record = await new_record(workplace, planner, about, options, deletion=True)
        state = State(about=about, record=record, report=Report(operation=record.operation))
        form = SyncRunForm(
            managed.key.namespace,
            run_name(managed.key.name, record.operation),
            SyncRunSpec(
                application=managed.key.name,
                application_uid=managed.object.uid,
                deletion=True,
            ),
        )
        return KeptOperation(self._ground, managed, live, state, form, shown=self._shown_of(state))

    async def _resumed(
        self, managed: ManagedApplication, live: LiveObjects, run: Manifest, *, run_hooks: bool
    ) -> KeptOperation:
        metadata = run["metadata"]
        form = SyncRunForm(metadata["namespace"], metadata["name"], spec_of(run))
        store = StateStore(self._ground.client, form, self._ground.options.identity)
        state = decode_state(await store.take(run), form.where)
        if state.record is not None and not run_hooks:
            state.record.options = msgspec.structs.replace(state.record.options, run_hooks=False)
            if state.record.retry_at is not None:
                state.record.retry_at = self._ground.now
        return KeptOperation(
            self._ground, managed, live, state, form, shown=self._shown_of(state), store=store
        )

    async def _let_go(self, managed: ManagedApplication) -> None:
        """Remove the finalizers that held the Application: all that they stand for is done."""

        def change(manifest: Manifest) -> dict[str, Any]:
            before = manifest["metadata"].get("finalizers") or []
            after = without_ours(before)
            return {"metadata": {"finalizers": after or None}} if after != before else {}

        await managed.object.write(change)

    # What is shown

    def _shown_of(self, state: State) -> Any:
        def shown(manifest: Manifest, waiting: str, _terminating: bool) -> dict[str, Any]:
            record = state.record
            if record is None:
                return {}
            found = []
            if record.retry_at is not None:
                found.append(condition(ConditionType.DELETION, record.message))
            elif waiting:
                found.append(condition(ConditionType.DELETING, waiting))
            return self._conditions(manifest, found)

        return shown

    async def _tell(self, managed: ManagedApplication, why: str) -> None:
        try:
            await managed.object.write(
                lambda manifest: self._conditions(
                    manifest, [condition(ConditionType.DELETION, why)]
                )
            )
        except TenterError as error:
            log.warning("a deletion's trouble could not be shown", error=str(error))

    def _conditions(self, manifest: Manifest, found: list[Condition]) -> dict[str, Any]:
        before = read_status(manifest).conditions
        after = with_conditions(before, found, _OWNED, timestamp(self._ground.now))
        if after == before:
            return {}
        return {"status": {"conditions": [plain(each) for each in after] or None}}


class _Reading:
    """What the plan of a deletion is made of, as Git, the SyncRuns and the cluster have it."""

    def __init__(
        self,
        ground: Ground,
        managed: ManagedApplication,
        application: Application,
        runs: list[Manifest],
    ) -> None:
        self._ground = ground
        self._managed = managed
        self._application = application
        self._runs = runs

    @property
    def revision(self) -> str:
        """The revision last compared, of which the names of hooks are made."""
        sync = self._application.status.sync
        if sync is None:
            return ""
        return sync.revisions[0] if sync.revisions else sync.revision

    async def hooks(self, live: LiveObjects) -> list[Target]:
        """Return the delete hooks: those of the source, or where it cannot be read the kept ones.

        Raises ``SpecError`` where the project does not permit one.
        """
        spec = self._application.spec
        place = self._ground.place(self._application, live)
        try:
            options = spec_options(spec, self._ground.settings.ignore)
            commits = await self._ground.sources.resolve(
                spec.all_sources, project=spec.project_name
            )
            wanted = await self._ground.sources.load(spec.all_sources, commits, place, options)
            targets = wanted.prepared.targets
        except (SourceError, ManifestError, OptionError) as error:
            kept = await self._kept()
            if kept:
                log.warning(
                    "the source cannot be read; the delete hooks are those last synced",
                    application=str(self._managed),
                    error=str(error),
                )
            targets = checked(documents_of(kept), place, SyncOptions()).prepared.targets
        hooks = delete_hooks(targets)
        self._check(hooks, live)
        return hooks

    async def owned(self, live: LiveObjects, own: list[Key]) -> tuple[PruneTarget, ...]:
        """Return the live objects that go with the Application, but for its delete hooks'."""
        if cascade_of(self._application.metadata.finalizers) is None:
            return ()
        application = self._application.instance(self._ground.options.namespace)
        namespace = self._application.spec.destination.namespace
        tracking = self._ground.settings.tracking
        return tuple(
            prune_target(key, obj)
            for key, obj in sorted(live.marked(application), key=lambda pair: pair[0])
            if key not in own
            and not obj["metadata"].get("ownerReferences")
            and belongs(obj, application, key, namespace, tracking)
        )

    async def _kept(self) -> tuple[KeptManifest, ...]:
        for run in reversed(self._runs):
            metadata = run["metadata"]
            form = SyncRunForm(metadata["namespace"], metadata["name"], spec_of(run))
            store = StateStore(self._ground.client, form, self._ground.options.identity)
            parts = await store.take(run)
            if not spec_of(run).deletion and parts.get(DELETE_HOOKS):
                return decode_state(parts, form.where).delete_hooks
        return ()

    def _check(self, hooks: list[Target], live: LiveObjects) -> None:
        if not hooks:
            return
        project = self._ground.projects.find(self._application.spec.project_name)
        refused = refused_objects(
            project,
            [key_of(hook.manifest) for hook in hooks],
            live.client.discovery,
            self._ground.destinations.full(self._application.spec.destination),
        )
        if refused:
            raise SpecError("; ".join(refused))


def _options(application: Application, *, run_hooks: bool) -> SyncOptions:
    propagation = cascade_of(application.metadata.finalizers)
    objects = ObjectOptions()
    if propagation is not None:
        objects = ObjectOptions(prune_propagation=propagation)
    return SyncOptions(prune=True, run_hooks=run_hooks, objects=objects)


def _skips_hooks(manifest: Manifest) -> bool:
    annotations = manifest["metadata"].get("annotations") or {}
    return bool(annotations.get(SKIP_HOOKS) == "true")
