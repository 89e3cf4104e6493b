"""Performs the engine's actions: each is answered by exactly one event, whatever happens.

A dispatcher: how an action is done is the business of the module that does it. What the API server
refuses becomes the action's failure event there; what is no refusal but a mistake in this program
is not caught, and ends the operation loudly.
"""

from __future__ import annotations

import asyncio
from typing import assert_never

from tenter.engine import (
    Action,
    ApplyHook,
    ApplyObject,
    ConfirmObject,
    CreateHook,
    DeleteObject,
    DiscoveryRefreshed,
    NamespaceFailed,
    NamespaceReady,
    Plan,
    Preflight,
    PreflightEnded,
    PrepareNamespace,
    Record,
    RefreshDiscovery,
    ReleaseHook,
    Task,
)
from tenter.errors import TenterError, UnknownKind
from tenter.manifests import GroupKind, Key
from tenter.runner.applying import Applier
from tenter.runner.deleting import Deleter
from tenter.runner.hooking import HookKeeper
from tenter.runner.inbox import Inbox
from tenter.runner.logs import LogKeeper
from tenter.runner.namespaces import ensure_namespace
from tenter.runner.observing import Observer
from tenter.runner.outcomes import Outcome, explain
from tenter.runner.preflight import check
from tenter.runner.standing import Standing
from tenter.runner.surroundings import Surroundings

CONCURRENCY = 32
"""Actions performed at once; how many requests may run at once is the client's own business."""

DISCOVERY_TRIES = 8
"""Discovery is read again this often, the pause doubling from 0.05 s, until a new kind shows."""


class Performer:
    """Performs the actions of one attempt. ``tasks`` runs them."""

    def __init__(
        self,
        surroundings: Surroundings,
        observer: Observer,
        *,
        logs: LogKeeper,
        inbox: Inbox,
        tasks: asyncio.TaskGroup,
        plan: Plan,
        record: Record,
    ) -> None:
        self._surroundings = surroundings
        self._observer = observer
        self._logs = logs
        self._inbox = inbox
        self._tasks = tasks
        self._plan = plan
        self._record = record
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._standing = Standing(surroundings, plan, record)
        self._applier = Applier(surroundings, observer, self._standing)
        self._hooks = HookKeeper(surroundings, observer)
        self._deleter = Deleter(surroundings, observer)

    def start(self, action: Action) -> None:
        """Begin to perform ``action``; its answer comes to the inbox."""
        self._tasks.create_task(self._perform(action))

    async def _perform(self, action: Action) -> None:
        async with self._places:
            match action:
                case PrepareNamespace():
                    self._inbox.put(await self._prepare_namespace())
                case Preflight(tasks):
                    self._inbox.put(await self._check(tasks))
                case RefreshDiscovery(kinds):
                    await self._refresh_discovery(kinds)
                    self._inbox.put(DiscoveryRefreshed())
                case ApplyObject(task) | CreateHook(task) | ApplyHook(task):
                    await self._perform_on(task.key, action)
                case ReleaseHook(key) | DeleteObject(key) | ConfirmObject(key):
                    await self._perform_on(key, action)
                case _:
                    assert_never(action)

    async def _perform_on(
        self,
        key: Key,
        action: ApplyObject | CreateHook | ApplyHook | ReleaseHook | DeleteObject | ConfirmObject,
    ) -> None:
        if isinstance(action, ReleaseHook):
            await self._logs.capture(action.uid)
        self._observer.depart(key)
        outcome: Outcome
        match action:
            case ApplyObject(task):
                outcome = await self._applier.apply(task)
            case CreateHook():
                outcome = await self._hooks.create(action)
            case ApplyHook():
                outcome = await self._hooks.apply_over(action)
            case ReleaseHook():
                outcome = await self._hooks.release(action)
            case DeleteObject():
                outcome = await self._deleter.delete(action)
            case ConfirmObject():
                outcome = await self._observer.read(key)
            case _:
                assert_never(action)
        self._observer.land(key, outcome)

    async def _check(self, tasks: tuple[Task, ...]) -> PreflightEnded:
        options = self._record.options
        namespace = self._record.attempt.destination_namespace
        checked = await check(
            self._surroundings,
            self._observer,
            self._standing,
            self._plan,
            tasks,
            options=options,
            creates_namespace=namespace if options.create_namespace else "",
        )
        return PreflightEnded(checked.errors, checked.outcomes)

    async def _prepare_namespace(self) -> NamespaceReady | NamespaceFailed:
        name = self._record.attempt.destination_namespace
        options = self._record.options
        # A Namespace among the application's own objects says itself what it should look like.
        own = any(
            task.key.group_kind == GroupKind("", "Namespace") and task.key.name == name
            for task in self._plan.tasks
        )
        try:
            await ensure_namespace(
                self._surroundings.client,
                name,
                {} if own else options.namespace_labels,
                {} if own else options.namespace_annotations,
            )
        except TenterError as error:
            return NamespaceFailed(f"Namespace/{name}: {explain(error)}")
        return NamespaceReady()

    async def _refresh_discovery(self, kinds: tuple[GroupKind, ...]) -> None:
        """Read discovery until it shows ``kinds``, which no watch can tell of.

        An established CRD is served a moment before aggregated discovery says so. What is not
        shown in the end fails at its own apply, with the server's own words.
        """
        discovery = self._surroundings.client.discovery
        pause = 0.05
        for _ in range(DISCOVERY_TRIES):
            try:
                await discovery.refresh()
                for kind in kinds:
                    discovery.find(kind.group, kind.kind)
                break
            except UnknownKind:
                await asyncio.sleep(pause)
                pause *= 2
            except TenterError as error:
                self._surroundings.warn(f"The cluster's kinds could not be read: {error}")
                return
        try:
            await self._observer.observe_kinds(kinds)
        except TenterError as error:
            self._surroundings.warn(f"New objects cannot be followed: {error}")
