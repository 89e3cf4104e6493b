"""Local copies of live objects, fed by watches: what the cluster looks like without asking it.

Each scope (a kind, in all namespaces, in one, or one named object) is listed once, consistently,
and then followed. A stream that breaks is resumed where it was; one whose version is too old is
listed again, and what differs is told as if it had been seen. So no state is missed for good and
nothing is polled. Versions are compared for equality only, as the API conventions ask.

An informer says what was seen, in the order it was seen; it is behind the server by nature. What
must be certain, a missing object say, is asked by a GET.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import msgspec

from tenter.environment import Environment
from tenter.errors import ApiError, Expired, NotFound, TenterError
from tenter.kube.answers import retry_after
from tenter.kube.backoff import Backoff
from tenter.kube.client import Client
from tenter.kube.managed_fields import ManagedFields
from tenter.kube.resources import Resource
from tenter.kube.watching import WatchEvent
from tenter.manifests import GroupKind, Key, Manifest

_STREAM_SECONDS = 300
# A stream that lived this long (in seconds) was no failure, though it told nothing.
_LONG_ENOUGH = 5.0


class Scope(msgspec.Struct, frozen=True):
    """What one watch covers: a kind in ``namespace`` (empty: everywhere), or one ``name`` there."""

    group_kind: GroupKind
    namespace: str = ""
    name: str = ""

    def covers(self, namespace: str, name: str) -> bool:
        """Tell whether an object of the kind is within the scope."""
        return self.namespace in {"", namespace} and self.name in {"", name}

    def __str__(self) -> str:
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.group_kind}{f' {self.name}' if self.name else ''}{where}"


class Change(msgspec.Struct, frozen=True, eq=False):
    """One object appeared, changed or went.

    ``object`` is its state, the last one seen where ``deleted``; without managedFields, and shared
    with the informer: never change it. ``resource_version`` is that state's, so that a caller can
    tell by equality that its own write has come by.
    """

    key: Key
    object: Manifest
    uid: str
    resource_version: str
    deleted: bool = False


_T = TypeVar("_T")
OnChange: TypeAlias = Callable[[Change], None]
OnRelisted: TypeAlias = Callable[[Scope], None]


class _ClosedError(RuntimeError):
    """What a wait for a first list ends with when the informers are closed meanwhile."""


class _Following:
    """One scope being followed: how far, and what is in the way."""

    def __init__(self, scope: Scope, resource: Resource) -> None:
        self.scope = scope
        self.resource = resource
        self.version = ""
        self.listed = asyncio.Event()  # set as well when the first list failed
        self.failure: Exception | None = None
        self.trouble = ""
        self.task: asyncio.Task[None] | None = None


class Informers:
    """The live objects of the scopes that were asked for; use as ``async with Informers(...)``.

    Callbacks are called synchronously, in the order of the stream; one that raises ends the
    block. Objects are kept without managedFields; with ``keep_managed_fields`` those are kept
    beside them, for who compares objects by what they own.
    """

    def __init__(
        self, client: Client, environment: Environment, *, keep_managed_fields: bool = False
    ) -> None:
        self._client = client
        self._environment = environment
        self._managed_fields = ManagedFields() if keep_managed_fields else None
        self._tasks = asyncio.TaskGroup()
        self._open = False
        self._following: dict[Scope, _Following] = {}
        self._objects: dict[GroupKind, dict[Key, Manifest]] = {}
        self._on_change: list[OnChange] = []
        self._on_relisted: list[OnRelisted] = []

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cancel()
        try:
            await self._tasks.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            # Callers catch one error as what it is, not as a group; that a wait was closed
            # follows from another.
            failures = [each for each in group.exceptions if not isinstance(each, _ClosedError)]
            if len(failures) > 1:
                raise
            failure = (failures or group.exceptions)[0]
            if failure is not error:
                raise failure from failure.__cause__

    async def aclose(self) -> None:
        """Stop following everything; what was seen stays readable."""
        self._cancel()
        tasks = [following.task for following in self._following.values() if following.task]
        if tasks:
            await asyncio.wait(tasks)

    async def watch(
        self, resource: Resource, namespace: str | None = None, *, name: str | None = None
    ) -> None:
        """Follow a kind in ``namespace`` (None: everywhere) and return when it has been listed.

        With ``name`` only that object, for credentials that may see no more. A scope that is
        followed already, by itself or within a wider one, is not followed twice. Raises what its
        first list raised: Forbidden, NotFound where the kind is not served, ClusterUnreachable;
        the scope is then not followed, and may be asked for again.
        """
        scope = Scope(
            resource.group_kind,
            (namespace or "") if resource.namespaced else "",
            name or "",
        )
        while True:
            following = self._covering(scope)
            if following is None:
                narrower = self._being_listed_within(scope)
                if narrower is not None:
                    # Which of two scopes tells of an object must be settled before it is told.
                    await narrower.listed.wait()
                    continue
                following = self._start(scope, resource)
            await following.listed.wait()
            if following.failure is None:
                return
            if following.scope == scope:
                raise following.failure

    def get(self, key: Key) -> Manifest | None:
        """Return the object as last seen, or None where none was; never change it."""
        return self._objects.get(key.group_kind, {}).get(key)

    def managed_fields(self, key: Key) -> list[Any]:
        """Return the object's managedFields as last seen, without times; empty where not kept."""
        return self._managed_fields.get(key) if self._managed_fields is not None else []

    def items(self, resource: Resource, namespace: str | None = None) -> list[Manifest]:
        """Return the objects of a kind as last seen (None: of all namespaces followed)."""
        objects = self._objects.get(resource.group_kind, {})
        return [
            found
            for key, found in objects.items()
            if namespace is None or key.namespace == namespace
        ]

    def covers(self, key: Key) -> bool:
        """Tell whether an object is within a followed and listed scope, so that None means gone."""
        authority = self._authority(key)
        return authority is not None and authority.listed.is_set()

    def on_change(self, callback: OnChange) -> Callable[[], None]:
        """Have ``callback`` called for each change from now on; returns what ends that."""
        self._on_change.append(callback)
        return lambda: self._on_change.remove(callback)

    def on_relisted(self, callback: OnRelisted) -> Callable[[], None]:
        """Have ``callback`` called after each whole list of a scope; returns what ends that.

        At that moment the scope's objects are as fresh as a GET: everything that was written
        before the list began has been told.
        """
        self._on_relisted.append(callback)
        return lambda: self._on_relisted.remove(callback)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why scopes cannot be followed at the moment, a sentence each; empty while all is well."""
        return tuple(
            f"{following.scope} is not followed at the moment: {following.trouble}"
            for following in self._following.values()
            if following.trouble
        )

    def _covering(self, scope: Scope) -> _Following | None:
        kind, namespace = scope.group_kind, scope.namespace
        wider = (scope, Scope(kind, namespace), Scope(kind))
        return next((self._following[each] for each in wider if each in self._following), None)

    def _being_listed_within(self, scope: Scope) -> _Following | None:
        return next(
            (
                other
                for other in self._following.values()
                if other.scope.group_kind == scope.group_kind
                and scope.covers(other.scope.namespace, other.scope.name)
                and not other.listed.is_set()
            ),
            None,
        )

    def _authority(self, key: Key) -> _Following | None:
        """Return what alone may tell of ``key``: the narrowest scope, which is the oldest too.

        Two streams of one object are each in order but not with each other.
        """
        return self._covering(Scope(key.group_kind, key.namespace, key.name))

    def _start(self, scope: Scope, resource: Resource) -> _Following:
        if not self._open:
            raise RuntimeError("these informers are closed: use them inside `async with`")
        following = _Following(scope, resource)
        self._following[scope] = following
        following.task = self._tasks.create_task(self._run(following), name=f"informer {scope}")
        return following

    def _cancel(self) -> None:
        self._open = False
        for following in self._following.values():
            if following.task:
                following.task.cancel()

    async def _run(self, following: _Following) -> None:
        try:
            await self._list(following)
        except TenterError as error:
            del self._following[following.scope]
            following.failure = error
            return
        except BaseException:
            following.failure = _ClosedError(f"the informer of {following.scope} was closed")
            raise
        finally:
            following.listed.set()
        await self._keep_following(following)

    async def _keep_following(self, following: _Following) -> None:
        backoff = Backoff(self._environment.random, most=30.0)
        loop = asyncio.get_running_loop()
        while True:
            version, began = following.version, loop.time()
            asked: float | None = None
            try:
                if not following.version:
                    await self._list(following)
                await self._follow(following)
            except Expired:
                following.version = ""
            except NotFound as error:
                # The kind itself is gone, and its objects with it; a CRD may come back.
                following.trouble = str(error)
                self._replace(following, [])
                following.version = ""
            except TenterError as error:
                following.trouble = str(error)
                asked = retry_after(error) if isinstance(error, ApiError) else None
            moved = version != following.version != ""
            if moved or loop.time() - began > _LONG_ENOUGH:
                backoff.reset()
                if asked is None:
                    continue
            await asyncio.sleep(backoff.delay(asked))

    async def _list(self, following: _Following) -> None:
        scope = following.scope
        listed = await self._client.list(following.resource, scope.namespace, name=scope.name)
        following.trouble = ""
        self._replace(following, listed.items)
        following.version = listed.resource_version
        for callback in tuple(self._on_relisted):
            _call(callback, scope)

    async def _follow(self, following: _Following) -> None:
        scope = following.scope
        # A spread of ends, so that a server does not have all its streams reopened at once.
        seconds = int(_STREAM_SECONDS * (1 + self._environment.random.random()))
        stream = self._client.watch(
            following.resource,
            scope.namespace,
            name=scope.name,
            resource_version=following.version,
            timeout_seconds=seconds,
        )
        async with aclosing(stream) as events:
            async for event in events:
                following.trouble = ""
                self._told(following, event)
        following.trouble = ""

    def _told(self, following: _Following, event: WatchEvent) -> None:
        found = event.object
        version = (found.get("metadata") or {}).get("resourceVersion") or ""
        if event.type in {"ADDED", "MODIFIED", "DELETED"}:
            key = following.resource.key_of(found)
            if self._authority(key) is following:
                if event.type == "DELETED":
                    self._gone(key, found)
                else:
                    self._seen(key, found)
        if version:
            following.version = version

    def _replace(self, following: _Following, items: list[Manifest]) -> None:
        listed = {following.resource.key_of(item): item for item in items}
        objects = self._objects.get(following.scope.group_kind, {})
        for key in [key for key in objects if key not in listed]:
            if self._authority(key) is following:
                self._gone(key, objects[key])
        for key, item in listed.items():
            if self._authority(key) is following:
                self._seen(key, item)

    def _seen(self, key: Key, found: Manifest) -> None:
        entries = found["metadata"].pop("managedFields", None)
        objects = self._objects.setdefault(key.group_kind, {})
        known = objects.get(key)
        change = _change(key, found)
        if known is not None:
            before = _change(key, known)
            if before.uid != change.uid:
                self._gone(key, known)
            elif before.resource_version == change.resource_version != "":
                return
        objects[key] = found
        if self._managed_fields is not None:
            self._managed_fields.keep(key, entries)
        self._tell(change)

    def _gone(self, key: Key, last: Manifest) -> None:
        if self._objects.get(key.group_kind, {}).pop(key, None) is not None:
            last["metadata"].pop("managedFields", None)
            if self._managed_fields is not None:
                self._managed_fields.forget(key)
            self._tell(_change(key, last, deleted=True))

    def _tell(self, change: Change) -> None:
        for callback in tuple(self._on_change):
            _call(callback, change)


def _call(callback: Callable[[_T], None], told: _T) -> None:
    try:
        callback(told)
    except TenterError as error:
        # Else it would pass for the cluster's own error, and be retried.
        raise RuntimeError(f"a listener of the informers failed: {error}") from error


def _change(key: Key, found: Manifest, *, deleted: bool = False) -> Change:
    metadata = found["metadata"]
    return Change(
        key, found, metadata.get("uid") or "", metadata.get("resourceVersion") or "", deleted
    )
