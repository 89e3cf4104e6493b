"""The controller, put together: what happens becomes a look at the Applications it touches.

It follows Applications, AppProjects and the objects of the destination; a change of any of them, a
moved Git ref, or a timer puts the Applications concerned into one queue. Nothing is polled but
Git, and each Application is looked at by one worker at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from tenter.controller.destinations import Destinations
from tenter.controller.managed import ManagedApplication
from tenter.controller.projects import Projects
from tenter.controller.queue import WorkQueue
from tenter.controller.reconciling import REFRESH, Reconciler
from tenter.controller.repositories import Repositories
from tenter.controller.settings import ControllerOptions, Settings
from tenter.controller.starting import check_start
from tenter.controller.wanted import Sources
from tenter.controller.writing import ApplicationObject
from tenter.environment import Environment
from tenter.errors import NotFound, TenterError
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers, Scope
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest

log = structlog.get_logger(__name__)

APPLICATION = GroupKind("argoproj.io", "Application")
PROJECT = GroupKind("argoproj.io", "AppProject")
SKIP = "argocd.argoproj.io/skip-reconcile"

_GIT_RETRY = 30.0
"""Seconds until an Application whose source cannot be read is looked at again."""


class Controller:
    """Looks after the Applications of one control plane; made by ``controller``."""

    def __init__(
        self,
        client: Client,
        environment: Environment,
        options: ControllerOptions,
        stack: AsyncExitStack,
        informers: Informers,
    ) -> None:
        self._client = client
        self._environment = environment
        self._options = options
        self._settings = Settings()
        self._informers = informers
        self._applications: dict[Key, ManagedApplication] = {}
        self._by_instance: dict[str, Key] = {}
        self.queue: WorkQueue[Key] = WorkQueue(
            self._work, self._failed, environment.random, workers=options.workers
        )
        self.repositories = Repositories(
            environment,
            self._moved,
            cache=options.cache,
            file_root=options.file_root,
            interval=self._settings.interval,
            jitter=self._settings.jitter,
        )
        self._destinations = Destinations(client, environment, self._touched, stack)
        self._reconciler = Reconciler(
            environment,
            options.namespace,
            destinations=self._destinations,
            projects=Projects(informers, options.namespace),
            sources=Sources(self.repositories),
            settings=self._settings,
        )

    async def open(self) -> None:
        """Follow everything, and have each Application looked at. Raises what listing raises."""
        await self._destinations.open(self._settings)
        self._informers.on_change(self._changed)
        self._informers.on_relisted(self._relisted)
        namespace = self._options.namespace
        for kind in (PROJECT, APPLICATION):
            resource = await self._client.resource(kind.group, kind.kind)
            await self._informers.watch(resource, namespace)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.repositories.run())
            tasks.create_task(self.queue.run())

    # What happens

    def _changed(self, change: Change) -> None:
        if change.key.group_kind == PROJECT:
            self._project_changed(change)
        elif change.key.group_kind == APPLICATION:
            self._application_changed(change)

    def _application_changed(self, change: Change) -> None:
        key = change.key
        managed = self._applications.get(key)
        if change.deleted:
            self._forget(key)
            return
        if managed is None or managed.object.uid != change.uid:
            self._forget(key)
            managed = ManagedApplication(
                key, ApplicationObject(self._client, self._resource(), change.object)
            )
            self._applications[key] = managed
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
        for key, managed in self._applications.items():
            spec = managed.object.manifest.get("spec") or {}
            if (spec.get("project") or "default") == change.key.name:
                self.queue.add(key)

    def _touched(self, instance: str) -> None:
        key = self._by_instance.get(instance)
        if key is not None:
            self.queue.add(key)

    def _moved(self, address: str) -> None:
        for key, managed in self._applications.items():
            if address in managed.repositories:
                self.queue.add(key, urgent=True)

    # What is done

    async def _work(self, key: Key) -> None:
        managed = self._applications.get(key)
        if managed is None:
            return
        metadata = managed.object.manifest["metadata"]
        if (metadata.get("annotations") or {}).get(SKIP) == "true":
            return
        try:
            finding = await self._reconciler.look(managed)
        except NotFound:
            if self._informers.get(key) is None:
                return  # deleted meanwhile
            raise
        if finding.comparison is not None and not finding.revisions:
            # Git may be there again without any ref having moved.
            self.queue.add_after(key, _GIT_RETRY * (1 + self._environment.random.random()))

    def _failed(self, key: Key, error: Exception, pause: float) -> None:
        told = log.warning if isinstance(error, TenterError) else log.exception
        told(
            "an application could not be looked at",
            application=f"{key.namespace}/{key.name}",
            error=str(error),
            again_in=round(pause, 1),
            exc_info=None if isinstance(error, TenterError) else error,
        )

    def _forget(self, key: Key) -> None:
        if self._applications.pop(key, None) is None:
            return
        self.queue.forget(key)
        self._by_instance.pop(self._instance(key), None)
        used = [each.repositories for each in self._applications.values()]
        self.repositories.keep_only({address: None for each in used for address in each})

    def _instance(self, key: Key) -> str:
        if key.namespace == self._options.namespace:
            return key.name
        return f"{key.namespace}_{key.name}"

    def _resource(self) -> Resource:
        return self._client.discovery.find(APPLICATION.group, APPLICATION.kind)


@asynccontextmanager
async def controller(
    client: Client, environment: Environment, options: ControllerOptions
) -> AsyncIterator[Controller]:
    """Yield a controller that follows everything and has yet to be ``run``.

    Raises ``UsageError`` where it may not start (``check_start``), and what the client raises.
    """
    await check_start(client, options.namespace, observe=options.observe)
    async with AsyncExitStack() as stack:
        informers = await stack.enter_async_context(Informers(client, environment))
        made = Controller(client, environment, options, stack, informers)
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
