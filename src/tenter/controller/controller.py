"""The controller, put together: what happens becomes a look at the Applications it touches.

It follows Applications, AppProjects, settings and the objects of the destination; a change of any
of them, a moved Git ref, or a timer puts the Applications concerned into one queue. Nothing is
polled but Git, and each Application is looked at by one worker at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from tenter.argoproj import (
    Application,
    Clusters,
    GlobalProject,
    Push,
    is_affected,
    read_application,
)
from tenter.controller.auto_sync import AutoSync
from tenter.controller.chronicle import Chronicle
from tenter.controller.control_plane import ControlPlane, Part
from tenter.controller.deletion import Deletions
from tenter.controller.destinations import Destinations
from tenter.controller.event_recording import EventRecorder
from tenter.controller.ground import Ground
from tenter.controller.leftovers import Leftovers
from tenter.controller.managed import ManagedApplication
from tenter.controller.metrics import Metrics
from tenter.controller.operations import Operations
from tenter.controller.projects import Projects
from tenter.controller.queue import WorkQueue
from tenter.controller.reconciling import REFRESH, Reconciler
from tenter.controller.refresh_requests import RefreshRequests
from tenter.controller.remote import Connect
from tenter.controller.repositories import Repositories
from tenter.controller.settings import ControllerOptions
from tenter.controller.settings_watch import SettingsWatch
from tenter.controller.shards import Shards, shard_of
from tenter.controller.starting import check_start
from tenter.controller.wanted import Sources
from tenter.controller.writing import ApplicationObject
from tenter.environment import Environment
from tenter.errors import NotFound, SpecError, TenterError
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers, Scope
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest
from tenter.sources import RenderSettings

log = structlog.get_logger(__name__)

APPLICATION = GroupKind("argoproj.io", "Application")
PROJECT = GroupKind("argoproj.io", "AppProject")
SKIP = "argocd.argoproj.io/skip-reconcile"

_GIT_RETRY = 30.0
"""Seconds until an Application whose source cannot be read is looked at again."""


class Controller:
    """Looks after the Applications of one control plane; made by ``controller``.

    ``stack`` closes what is opened meanwhile; ``connect`` opens further clusters.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        options: ControllerOptions,
        stack: AsyncExitStack,
        informers: Informers,
        *,
        connect: Connect | None = None,
    ) -> None:
        self._client = client
        self._environment = environment
        self._options = options
        self._stack = stack
        self._informers = informers
        self._applications: dict[Key, ManagedApplication] = {}
        self._by_instance: dict[str, Key] = {}
        self._resource: Resource | None = None
        self.looks = 0
        """How often Applications were looked at."""
        self._other_settings = asyncio.Event()
        self.queue: WorkQueue[Key] = WorkQueue(
            self._work, self._failed, environment.random, workers=options.workers
        )
        self.metrics = Metrics(self.applications)
        self.repositories = Repositories(
            environment,
            self._moved,
            cache=options.cache,
            file_root=options.file_root,
            asked=self.metrics.git_request,
        )
        self.plane = ControlPlane(client, informers, options.namespace, self._plane_changed)
        self.metrics.gauge(
            "tenter_queue_depth", "Applications that wait to be looked at.", lambda: len(self.queue)
        )
        self._refreshes = RefreshRequests()
        self._events = EventRecorder(client)
        self._chronicle = Chronicle(self._events.tell, self.metrics, environment.now)
        self._settings = SettingsWatch(
            client, informers, environment, options.namespace, self._settings_changed
        )
        self._shards = Shards(
            client,
            environment,
            informers,
            namespace=options.namespace,
            identity=options.identity,
            count=options.shards,
            seconds=options.lease_seconds,
            gained=self._gained,
            lost=self._lost,
        )
        self._ground = Ground(
            client=client,
            environment=environment,
            options=options,
            settings=self._settings.settings,
            destinations=Destinations(
                client,
                environment,
                self._touched,
                stack,
                connect=connect,
                changed=self._look_at_all,
            ),
            projects=Projects(informers, options.namespace, self._project_rules),
            sources=Sources(
                self.repositories, cache=options.cache, credentials=self.plane.chart_credentials
            ),
            look_again=self._look_again,
            ensure=self._shards.ensure,
        )
        self._reconciler = Reconciler(self._ground)
        self._leftovers = Leftovers(self._ground, self._lives)
        self._operations = Operations(self._ground, self._leftovers)
        self._auto_sync = AutoSync(self._ground)
        self._deletions = Deletions(self._ground)

    async def open(self) -> None:
        """Follow everything, and have each Application looked at. Raises what listing raises."""
        namespace = self._options.namespace
        await self._stack.enter_async_context(self._settings)
        await self._settings.open()
        self._take_settings()
        await self.plane.open()
        self.repositories.use_access(self.plane.access)
        self._ground.destinations.use(self.plane.clusters)
        await self._ground.destinations.open(self._ground.settings)
        self._informers.on_change(self._changed)
        self._informers.on_relisted(self._relisted)
        projects = await self._client.resource(PROJECT.group, PROJECT.kind)
        await self._informers.watch(projects, namespace)
        self._resource = await self._client.resource(APPLICATION.group, APPLICATION.kind)
        await self._informers.watch(self._resource, namespace)

    async def run(self) -> None:
        """Work until cancelled; operations that run then are left to be gone on with."""
        async with asyncio.TaskGroup() as tasks:
            self._ground.destinations.host(tasks)
            self._operations.host(tasks)
            tasks.create_task(self._settings.run())
            tasks.create_task(self._events.run())
            self._deletions.host(tasks)
            tasks.create_task(self._keep_destinations())
            tasks.create_task(self.repositories.run())
            if not self._options.observe:
                tasks.create_task(self._leftovers.run())
                tasks.create_task(self._shards.run())
                tasks.create_task(self._refreshes.run())
            tasks.create_task(self.queue.run())

    # Which Applications are this replica's

    def _gained(self, shard: int) -> None:
        for key in self._applications:
            if shard_of(key, self._options.shards) == shard:
                self.queue.add(key, urgent=True)

    async def _lost(self, shard: int) -> None:
        """Leave the Applications of a shard to another replica, in the middle of what is done."""
        for key, managed in tuple(self._applications.items()):
            if shard_of(key, self._options.shards) == shard:
                await self._operations.leave(managed)
                await self._deletions.leave(managed)

    # What happens

    def _changed(self, change: Change) -> None:
        match change.key.kind:
            case "AppProject":
                self._project_changed(change)
            case "Application":
                self._application_changed(change)

    def _application_changed(self, change: Change) -> None:
        key = change.key
        managed = self._applications.get(key)
        if change.deleted:
            self._forget(key)
            return
        if managed is None or managed.object.uid != change.uid:
            self._forget(key)
            if self._resource is None:
                raise RuntimeError("Applications are followed before their kind is known")
            application = ApplicationObject(
                self._client, self._resource, change.object, self._chronicle.wrote
            )
            self._applications[key] = ManagedApplication(key, application)
            self._by_instance[self._instance(key)] = key
            self.queue.add(key, urgent=True)
            return
        before = managed.object.manifest
        if managed.object.seen(change.object):
            self.queue.add(key, urgent=_asks_for_more(before, change.object))

    def _relisted(self, scope: Scope) -> None:
        if scope.group_kind != APPLICATION:
            return
        for key, managed in self._applications.items():
            manifest = self._informers.get(key)
            if manifest is not None and managed.object.relisted(manifest):
                self.queue.add(key)

    def _project_changed(self, change: Change) -> None:
        rules = self._settings.settings.filters.global_projects
        everywhere = any(rule.project_name == change.key.name for rule in rules)
        for key, managed in self._applications.items():
            spec = managed.object.manifest.get("spec") or {}
            if everywhere or (spec.get("project") or "default") == change.key.name:
                self.queue.add(key, urgent=True)

    def _touched(self, instance: str) -> None:
        key = self._by_instance.get(instance)
        if key is not None:
            self.queue.add(key)

    def _moved(self, address: str) -> None:
        for key, managed in self._applications.items():
            if address in managed.repositories:
                managed.moved = True
                self.queue.add(key, urgent=True)

    def _plane_changed(self, part: Part) -> None:
        if part is Part.WEBHOOKS:
            return
        if part is Part.REPOSITORIES:
            self.repositories.use_access(self.plane.access)
        else:
            self._ground.destinations.use(self.plane.clusters)
        self._look_at_all()

    def _look_at_all(self) -> None:
        for key in self._applications:
            self.queue.add(key)

    def pushed(self, push: Push) -> None:
        """Have the Applications looked at that may want something else after ``push``."""
        addresses = [each for each in self.repositories.addresses if push.is_of(each)]
        for key, managed in tuple(self._applications.items()):
            try:
                concerned = is_affected(read_application(managed.object.manifest), push)
            except SpecError:
                continue
            if concerned and self._is_ours(key):
                for address in addresses:
                    self.repositories.look_soon(address)
            elif concerned:
                self._refreshes.ask(managed)

    def applications(self) -> Iterator[Application]:
        """Yield this replica's Applications as they are now, but for those that cannot be read."""
        for key, managed in tuple(self._applications.items()):
            if self._is_ours(key):
                with contextlib.suppress(SpecError):
                    yield read_application(managed.object.manifest)

    def _is_ours(self, key: Key) -> bool:
        return self._options.observe or self._shards.holds(key)

    def _lives(self, uid: str) -> bool:
        return any(managed.object.uid == uid for managed in self._applications.values())

    def _look_again(self, key: Key, seconds: float) -> None:
        if key in self._applications:
            self.queue.add_after(key, seconds)

    # What is done

    async def _work(self, key: Key) -> None:
        managed = self._applications.get(key)
        if managed is None:
            return
        if not self._is_ours(key):
            return
        metadata = managed.object.manifest["metadata"]
        if (metadata.get("annotations") or {}).get(SKIP) == "true":
            return
        if metadata.get("deletionTimestamp"):
            self._delete(managed)
            return
        if not self._options.observe:
            self._operations.consider(managed)
        self.looks += 1
        try:
            began = asyncio.get_running_loop().time()
            finding = await self._reconciler.look(managed)
            took = asyncio.get_running_loop().time() - began
            self.metrics.reconciled(key.namespace, finding.spec.destination.server, took)
            if finding.comparison is not None and not finding.revisions:
                # Git may be there again without any ref having moved.
                self._look_again(key, _GIT_RETRY * (1 + self._environment.random.random()))
            if self._options.observe or self._operations.is_running(managed):
                return
            again = await self._auto_sync.consider(managed)
        except NotFound:
            if self._informers.get(key) is None:
                return  # deleted meanwhile
            raise
        if again is not None:
            self._look_again(key, again)
        self._operations.consider(managed)

    def _delete(self, managed: ManagedApplication) -> None:
        """Go on with a deletion, once what else runs for the Application has ended."""
        if self._options.observe:
            return
        if self._operations.is_under_way(managed):
            # It is ended first, which its own look at the Application sees to.
            self._operations.consider(managed)
            return
        moved, managed.moved = managed.moved, False
        self._deletions.consider(managed, moved=moved)

    def _failed(self, key: Key, error: Exception, pause: float) -> None:
        known = isinstance(error, TenterError)
        log.warning(
            "an application could not be looked at",
            application=f"{key.namespace}/{key.name}",
            error=str(error),
            again_in=round(pause, 1),
            exc_info=None if known else error,
        )

    def _forget(self, key: Key) -> None:
        managed = self._applications.pop(key, None)
        if managed is None:
            return
        self._leftovers.gone(key.namespace, managed.object.uid)
        self.queue.forget(key)
        self._by_instance.pop(self._instance(key), None)
        used = [each.repositories for each in self._applications.values()]
        self.repositories.keep_only({address: None for each in used for address in each})

    def _instance(self, key: Key) -> str:
        if key.namespace == self._options.namespace:
            return key.name
        return f"{key.namespace}_{key.name}"

    # Settings

    def _settings_changed(self) -> None:
        self._take_settings()
        self._other_settings.set()
        self._look_at_all()

    async def _keep_destinations(self) -> None:
        """Have the copies of the clusters go by the settings as they change."""
        while True:
            await self._other_settings.wait()
            self._other_settings.clear()
            try:
                await self._ground.destinations.use_settings(self._ground.settings)
            except TenterError as error:
                log.warning("settings could not be put to use everywhere", error=str(error))
            self._look_at_all()

    def _take_settings(self) -> None:
        settings = self._settings.settings
        self._ground.settings = settings
        build = RenderSettings(kustomize_build_options=settings.filters.kustomize_build_options)
        if self._ground.sources.use(build):
            for managed in self._applications.values():
                managed.question = None
        self.repositories.interval = settings.interval
        self.repositories.jitter = settings.jitter

    def _project_rules(self) -> tuple[tuple[GlobalProject, ...], Clusters]:
        return self._settings.settings.filters.global_projects, self.plane.clusters


@asynccontextmanager
async def controller(
    client: Client,
    environment: Environment,
    options: ControllerOptions,
    connect: Connect | None = None,
) -> AsyncIterator[Controller]:
    """Yield a controller that follows everything and has yet to be ``run``.

    ``connect`` opens the clusters of Secrets; without it only ``client``'s own is a destination.
    Raises ``UsageError`` where it may not start (``check_start``), and what the client raises.
    """
    await check_start(client, options.namespace, observe=options.observe)
    async with AsyncExitStack() as stack:
        informers = await stack.enter_async_context(Informers(client, environment))
        made = Controller(client, environment, options, stack, informers, connect=connect)
        await made.open()
        yield made


def _asks_for_more(before: Manifest, after: Manifest) -> bool:
    """Tell whether a person changed something: a spec, an operation, an annotation."""
    annotations = [(each["metadata"].get("annotations") or {}) for each in (before, after)]
    return (
        before.get("spec") != after.get("spec")
        or before.get("operation") != after.get("operation")
        or annotations[0] != annotations[1]
        or REFRESH in annotations[1]
    )
