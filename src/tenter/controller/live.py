"""The live objects of one destination cluster: all kinds that can be watched, in one local copy.

Beside the objects it keeps what an Application needs to find its own: which objects carry its
mark, and which objects another one owns. Whoever cares is told which application a change touches.
Kinds that come with a new CustomResourceDefinition are followed from then on. Operations share
this copy, so that sixty of them need no watch more than one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

import structlog

from tenter.applications.tracking import Tracking
from tenter.environment import Environment
from tenter.errors import NotFound, TenterError, UnknownKind
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest

log = structlog.get_logger(__name__)

Touched = Callable[[str], None]
"""Called with the name of an application (as in its mark) that a change touches."""

NOT_FOLLOWED = (
    GroupKind("", "Event"),
    GroupKind("events.k8s.io", "Event"),
    GroupKind("", "Endpoints"),
    GroupKind("discovery.k8s.io", "EndpointSlice"),
    GroupKind("coordination.k8s.io", "Lease"),
)
"""Kinds that change all the time and are hardly ever in Git; read by themselves where they are."""

_DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")


class LiveObjects:
    """Use as ``async with``: entered, everything that may be seen has been listed.

    ``excluded`` tells of a kind that settings leave out.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        tracking: Tracking,
        touched: Touched,
        *,
        excluded: Callable[[GroupKind], bool] = lambda _: False,
    ) -> None:
        self.client = client
        self.generation = 0
        """How often the cluster's kinds were read again."""
        self.informers = Informers(client, environment, keep_managed_fields=True)
        self._tracking = tracking
        self._touched = touched
        self._excluded = excluded
        self._instances: dict[Key, str] = {}
        self._marked: dict[str, dict[Key, None]] = {}
        self._watchers: dict[Key, dict[str, None]] = {}
        self._followed: dict[str, tuple[Key, ...]] = {}
        self._children: dict[str, dict[Key, None]] = {}
        self._owners: dict[Key, tuple[str, ...]] = {}
        self._keys_by_uid: dict[str, Key] = {}
        self._kinds_changed = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._unseen: dict[GroupKind, str] = {}
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.informers.__aenter__()
        try:
            self.informers.on_change(self._changed)
            await self.client.discovery.load()
            await self._watch_all()
            await self._tasks.__aenter__()
        except BaseException as error:
            await self.informers.__aexit__(type(error), error, error.__traceback__)
            raise
        self._following = self._tasks.create_task(self._follow_kinds())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._following is not None:
            self._following.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            await self.informers.__aexit__(kind, error, trace)

    # What is there

    def marked(self, instance: str) -> Iterator[tuple[Key, Manifest]]:
        """Yield the live objects that carry the application's mark."""
        for key in tuple(self._marked.get(instance, ())):
            live = self.informers.get(key)
            if live is not None:
                yield key, live

    def unmarked(self, namespace: str) -> Iterator[tuple[Key, Manifest]]:
        """Yield the live objects of ``namespace`` that no application has marked or wants."""
        for resource in self.client.discovery.all():
            if not resource.namespaced or resource.group_kind in NOT_FOLLOWED:
                continue
            for live in self.informers.items(resource, namespace):
                key = resource.key_of(live)
                if not self._instances.get(key) and key not in self._watchers:
                    yield key, live

    def descendants(self, live: Manifest) -> Iterator[Manifest]:
        """Yield the objects that ``live`` owns, directly or not, each once."""
        seen: dict[str, None] = {}
        pending = [live["metadata"].get("uid") or ""]
        while pending:
            uid = pending.pop()
            for key in tuple(self._children.get(uid, ())):
                child = self.informers.get(key)
                child_uid = child["metadata"].get("uid") or "" if child is not None else ""
                if child is not None and child_uid not in seen:
                    seen[child_uid] = None
                    yield child
                    pending.append(child_uid)

    async def read(self, target: Manifest, key: Key) -> Manifest | None:
        """Return the live object of ``target``, with its ``managedFields``, in its own version.

        From the copy where that has it in the same version, else by a GET. Raises ``UnknownKind``
        where the kind is not served, and what the client raises.
        """
        live = self.informers.get(key)
        if live is None and self.informers.covers(key):
            return None
        if live is None or live.get("apiVersion") != target.get("apiVersion"):
            resource = await self.client.resource_of(target)
            try:
                return await self.client.get(resource, key.namespace, key.name)
            except NotFound:
                return None
        entries = self.informers.managed_fields(key)
        return {**live, "metadata": {**live["metadata"], "managedFields": entries}}

    def version_of(self, key: Key) -> str:
        """Return the resource version of the object in the copy, empty where it is not there."""
        live = self.informers.get(key)
        return live["metadata"].get("resourceVersion") or "" if live is not None else ""

    @property
    def unseen(self) -> tuple[str, ...]:
        """Which kinds may not be looked at, a sentence each."""
        return tuple(self._unseen.values())

    async def use(self, tracking: Tracking, excluded: Callable[[GroupKind], bool]) -> None:
        """Go by other settings from now on; kinds that are no longer excluded are followed."""
        self._excluded = excluded
        if tracking != self._tracking:
            self._tracking = tracking
            for resource in self.client.discovery.all():
                for live in self.informers.items(resource):
                    key = resource.key_of(live)
                    before, instance = self._instances.get(key, ""), tracking.instance_of(live, key)
                    if instance != before:
                        self._remark(key, before, instance)
        await self._watch_all()

    # Who is told

    def follow(self, instance: str, keys: Iterable[Key]) -> None:
        """Tell of changes to ``keys`` from now on, whoever's mark they carry; and no others."""
        for key in self._followed.pop(instance, ()):
            watchers = self._watchers.get(key)
            if watchers is not None:
                watchers.pop(instance, None)
                if not watchers:
                    del self._watchers[key]
        followed = tuple(dict.fromkeys(keys))
        if followed:
            self._followed[instance] = followed
        for key in followed:
            self._watchers.setdefault(key, {})[instance] = None

    def _changed(self, change: Change) -> None:
        key, live = change.key, change.object
        before = self._instances.get(key, "")
        instance = "" if change.deleted else self._tracking.instance_of(live, key)
        if instance != before:
            self._remark(key, before, instance)
        self._note_owners(change)
        touched = {name: None for name in (before, instance) if name}
        touched.update(self._watchers.get(key, {}))
        if not touched:
            touched = self._touched_from_above(key)
        for name in touched:
            self._touched(name)
        if key.group_kind == _DEFINITION:
            self._kinds_changed.set()

    def _remark(self, key: Key, before: str, instance: str) -> None:
        if before:
            marked = self._marked[before]
            marked.pop(key, None)
            if not marked:
                del self._marked[before]
        if instance:
            self._marked.setdefault(instance, {})[key] = None
            self._instances[key] = instance
        else:
            self._instances.pop(key, None)

    def _note_owners(self, change: Change) -> None:
        key, metadata = change.key, change.object["metadata"]
        uid = metadata.get("uid") or ""
        owners: tuple[str, ...] = ()
        if change.deleted:
            self._keys_by_uid.pop(uid, None)
        else:
            self._keys_by_uid[uid] = key
            owners = tuple(ref.get("uid") or "" for ref in metadata.get("ownerReferences") or ())
        known = self._owners.get(key, ())
        if owners == known:
            return
        for owner in known:
            children = self._children.get(owner, {})
            children.pop(key, None)
            if not children:
                self._children.pop(owner, None)
        for owner in owners:
            self._children.setdefault(owner, {})[key] = None
        if owners:
            self._owners[key] = owners
        else:
            self._owners.pop(key, None)

    def _touched_from_above(self, key: Key) -> dict[str, None]:
        """Return the applications whose objects own the object ``key``, directly or not."""
        found: dict[str, None] = {}
        pending, seen = [key], {key: None}
        while pending:
            for uid in self._owners.get(pending.pop(), ()):
                owner = self._keys_by_uid.get(uid)
                if owner is None or owner in seen:
                    continue
                seen[owner] = None
                instance = self._instances.get(owner)
                if instance:
                    found[instance] = None
                pending.append(owner)
        return found

    # Kinds

    async def _follow_kinds(self) -> None:
        while True:
            await self._kinds_changed.wait()
            self._kinds_changed.clear()
            try:
                await self.client.discovery.refresh()
                self.generation += 1
                await self._watch_all()
            except TenterError as error:
                log.warning("the cluster's kinds could not be read again", error=str(error))

    async def _watch_all(self) -> None:
        wanted = [
            resource
            for resource in self.client.discovery.all()
            if "list" in resource.verbs
            and "watch" in resource.verbs
            and resource.group_kind not in NOT_FOLLOWED
            and not self._excluded(resource.group_kind)
        ]
        async with asyncio.TaskGroup() as tasks:
            for resource in wanted:
                tasks.create_task(self._watch(resource))

    async def _watch(self, resource: Resource) -> None:
        try:
            await self.informers.watch(resource, None)
        except (NotFound, UnknownKind):
            return  # gone again already
        except TenterError as error:
            if resource.group_kind not in self._unseen:
                log.warning("a kind is not followed", kind=str(resource.group_kind), why=str(error))
            self._unseen[resource.group_kind] = str(error)
        else:
            self._unseen.pop(resource.group_kind, None)
