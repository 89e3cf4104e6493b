"""What the embedded cluster remembers: objects, their versions, and what changed.

One counter numbers every change, so that a version is a place in history. Objects are plain dicts
that nobody changes once they are stored: readers share them, and their JSON is made at most once
a version. Watches read the bounded history of their resource and hold no queue of their own, so
that a slow watcher costs nothing and is told when it fell too far behind.

The store knows no kinds and no rules: what may be written is decided before it is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

import msgspec

from tenter.manifests.keys import Manifest

_encoder = msgspec.json.Encoder()


class Verb(Enum):
    """What a change did to its object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class ObjectKey(msgspec.Struct, frozen=True, order=True):
    """An object's place within its resource; ``namespace`` is empty for cluster-scoped ones."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Stored:
    """One version of one object, and its JSON once somebody asked for it."""

    __slots__ = ("_encoded", "object", "version")

    def __init__(self, object_: Manifest, version: int) -> None:
        self.object = object_
        self.version = version
        self._encoded: bytes | None = None

    @property
    def encoded(self) -> bytes:
        """The object as JSON."""
        if self._encoded is None:
            self._encoded = _encoder.encode(self.object)
        return self._encoded


class Change:
    """One step of history.

    ``resource`` is the plural with its group (``deployments.apps``, ``pods``). ``stored`` is the
    object after the change, for a deletion its last state under the deletion's version;
    ``previous`` is what it was before (None for a creation).
    """

    __slots__ = ("key", "previous", "resource", "stored", "verb")

    def __init__(
        self,
        verb: Verb,
        resource: str,
        key: ObjectKey,
        stored: Stored,
        previous: Stored | None,
    ) -> None:
        self.verb = verb
        self.resource = resource
        self.key = key
        self.stored = stored
        self.previous = previous

    @property
    def version(self) -> int:
        """The counter's value at this change."""
        return self.stored.version

    @property
    def object(self) -> Manifest:
        """The object after the change."""
        return self.stored.object

    @property
    def uid(self) -> str:
        """The object's uid."""
        uid: str = self.stored.object["metadata"].get("uid", "")
        return uid

    def __repr__(self) -> str:
        return f"<{self.version} {self.verb.value} {self.resource} {self.key}>"


class TooOld(Exception):  # noqa: N818  # a fact about a version, told to the server, not to a user
    """The history no longer reaches back to the version asked for."""

    def __init__(self, version: int, oldest: int) -> None:
        self.version = version
        self.oldest = oldest
        super().__init__(f"version {version} is older than {oldest}")


class _Resource:
    """The objects and the recent changes of one resource."""

    __slots__ = ("_order", "changes", "floor", "objects", "waiters")

    def __init__(self, floor: int) -> None:
        self.objects: dict[str, dict[str, Stored]] = {}
        self.changes: list[Change] = []
        self.floor = floor  # changes up to this version are forgotten
        self.waiters: list[asyncio.Future[None]] = []
        self._order: list[ObjectKey] | None = None

    def get(self, key: ObjectKey) -> Stored | None:
        names = self.objects.get(key.namespace)
        return names.get(key.name) if names else None

    def put(self, key: ObjectKey, stored: Stored) -> None:
        names = self.objects.setdefault(key.namespace, {})
        if key.name not in names:
            self._order = None
        names[key.name] = stored

    def remove(self, key: ObjectKey) -> None:
        names = self.objects[key.namespace]
        del names[key.name]
        if not names:
            del self.objects[key.namespace]
        self._order = None

    @property
    def order(self) -> list[ObjectKey]:
        """All keys in the order of their names; sorted anew only after one came or went."""
        if self._order is None:
            self._order = [
                ObjectKey(namespace, name)
                for namespace in sorted(self.objects)
                for name in sorted(self.objects[namespace])
            ]
        return self._order


class Store:
    """The objects of one cluster.

    ``watch_limit`` bounds the changes kept for the watches of one resource, ``history_limit``
    those in ``history`` (None: all of them, for tests that look back).
    """

    def __init__(self, *, watch_limit: int = 4096, history_limit: int | None = 4096) -> None:
        self.version = 0
        self.history: list[Change] = []
        self.history_limit = history_limit
        self.closed = False
        self._watch_limit = watch_limit
        self._floor = 0
        self._resources: dict[str, _Resource] = {}
        self._listeners: list[Callable[[Change], None]] = []

    # Reading

    def get(self, resource: str, namespace: str, name: str) -> Stored | None:
        """Return the newest version of an object, or None."""
        held = self._resources.get(resource)
        return held.get(ObjectKey(namespace, name)) if held else None

    def objects(self, resource: str, namespace: str | None = None) -> list[Stored]:
        """Return the objects of a resource in the order of their keys; None: of all namespaces."""
        held = self._resources.get(resource)
        if held is None:
            return []
        if namespace is not None:
            names = held.objects.get(namespace, {})
            return [names[name] for name in sorted(names)]
        return [held.objects[key.namespace][key.name] for key in held.order]

    def objects_at(self, resource: str, version: int) -> list[Stored]:
        """Return a resource's objects as they were at ``version``, in the order of their keys.

        Raises ``TooOld`` when the history does not reach back that far.
        """
        if version >= self.version:
            return self.objects(resource)
        then: dict[ObjectKey, Stored | None] = {}
        for change in reversed(self.changes(resource, version)):
            then[change.key] = change.previous
        held = self._resources.get(resource)
        if held is None or not then:
            return self.objects(resource)
        state = {key: held.get(key) for key in held.order}
        state.update(then)
        return [stored for key in sorted(state) if (stored := state[key]) is not None]

    def resources(self) -> list[str]:
        """Return the resources that have, or had, objects."""
        return sorted(self._resources)

    def namespaces(self, resource: str) -> Mapping[str, Mapping[str, Stored]]:
        """Return a resource's objects by namespace and name; not to be changed."""
        held = self._resources.get(resource)
        return held.objects if held else {}

    def count(self, resource: str) -> int:
        """Return how many objects a resource has."""
        held = self._resources.get(resource)
        return sum(len(names) for names in held.objects.values()) if held else 0

    # Writing

    def create(self, resource: str, object_: Manifest) -> Stored:
        """Store a new object; its key must be free. Returns it with its version."""
        return self._commit(Verb.CREATE, resource, object_)

    def update(self, resource: str, object_: Manifest) -> Stored:
        """Store a new state of an object that exists. Returns it with its version."""
        return self._commit(Verb.UPDATE, resource, object_)

    def delete(self, resource: str, object_: Manifest) -> Stored:
        """Remove an object; ``object_`` is its last state. Returns it with the last version."""
        return self._commit(Verb.DELETE, resource, object_)

    def _commit(self, verb: Verb, resource: str, object_: Manifest) -> Stored:
        metadata = object_["metadata"]
        key = ObjectKey(metadata.get("namespace", ""), metadata["name"])
        held = self._hold(resource)
        previous = held.get(key)
        if (previous is None) is not (verb is Verb.CREATE):
            raise KeyError(f"{verb.value} {resource} {key}: it must not exist before a create only")
        self.version += 1
        stamped = {**object_, "metadata": {**metadata, "resourceVersion": str(self.version)}}
        stored = Stored(stamped, self.version)
        if verb is Verb.DELETE:
            held.remove(key)
        else:
            held.put(key, stored)
        change = Change(verb, resource, key, stored, previous)
        self._remember(held, change)
        for listener in self._listeners:
            listener(change)
        return stored

    def _hold(self, resource: str) -> _Resource:
        held = self._resources.get(resource)
        if held is None:
            held = self._resources[resource] = _Resource(self._floor)
        return held

    def _remember(self, held: _Resource, change: Change) -> None:
        held.changes.append(change)
        if len(held.changes) > 2 * self._watch_limit:
            held.floor = held.changes[self._watch_limit - 1].version
            del held.changes[: self._watch_limit]
        self.history.append(change)
        limit = self.history_limit
        if limit is not None and len(self.history) > 2 * limit:
            del self.history[:limit]
        _wake(held)

    def restore(self, objects: Iterable[tuple[str, Manifest]], version: int) -> None:
        """Take over the state of an earlier run: (resource, object) pairs, and the last version.

        Watches cannot begin before ``version``: that history is gone.
        """
        self.version = version
        for resource, object_ in objects:
            metadata = object_["metadata"]
            held = self._hold(resource)
            stored = Stored(object_, int(metadata["resourceVersion"]))
            held.put(ObjectKey(metadata.get("namespace", ""), metadata["name"]), stored)
        self.compact()

    def compact(self) -> None:
        """Forget the history of all watches up to now, as etcd does from time to time."""
        self._floor = self.version
        for held in self._resources.values():
            held.changes.clear()
            held.floor = self.version

    # Watching

    def subscribe(self, listener: Callable[[Change], None]) -> None:
        """Call ``listener`` with each change, at once and before anybody else can write."""
        self._listeners.append(listener)

    def changes(self, resource: str, since: int) -> Sequence[Change]:
        """Return a resource's changes after version ``since``, oldest first.

        Raises ``TooOld`` when some of them are forgotten.
        """
        held = self._hold(resource)
        if since < held.floor:
            raise TooOld(since, held.floor)
        changes = held.changes
        if not changes or changes[-1].version <= since:
            return ()
        low, high = 0, len(changes)
        while low < high:
            middle = (low + high) // 2
            if changes[middle].version <= since:
                low = middle + 1
            else:
                high = middle
        return changes[low:]

    async def changed(self, resource: str, since: int) -> None:
        """Return once the resource has a change after ``since``, or the store closes."""
        held = self._hold(resource)
        while not self.closed:
            if since < held.floor or (held.changes and held.changes[-1].version > since):
                return
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            held.waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in held.waiters:
                    held.waiters.remove(waiter)

    def close(self) -> None:
        """End every watch."""
        self.closed = True
        for held in self._resources.values():
            _wake(held)

    def everything(self) -> Iterator[tuple[str, Stored]]:
        """Yield (resource, object) for all there is, in the order of resources and keys."""
        for resource in self.resources():
            for stored in self.objects(resource):
                yield resource, stored


def _wake(held: _Resource) -> None:
    waiters, held.waiters = held.waiters, []
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
