"""What the controllers believe the cluster holds: what the watch told, ahead by their own writes.

A watch lags behind the writes it will tell of. A controller that looked only at the watch would
create a Pod twice, because the first has not come by yet. So each answer to a write is believed at
once, and stays believed until the watch has told of it (by uid and version, compared for equality
only). Objects are indexed by namespace and by controller, so that a look costs what it finds.

It sends nothing, and knows no kind's rules.
"""

from __future__ import annotations

from collections.abc import Callable

from tenter.embedded.controllers.ownership import controller_of
from tenter.kube import Change
from tenter.manifests import GroupKind, Key, Manifest, key_of

_REMEMBERED = 4096
"""Versions told lately; an answer that arrives after the watch told of it is found among them."""


class View:
    """Objects by key, namespace and controller."""

    def __init__(self) -> None:
        self._objects: dict[Key, Manifest] = {}
        self._places: dict[tuple[GroupKind, str], dict[Key, None]] = {}
        self._children: dict[tuple[GroupKind, str], dict[Key, None]] = {}
        self._awaited: dict[Key, list[str]] = {}
        self._dead: dict[str, None] = {}
        self._told: dict[tuple[str, str], None] = {}

    def get(self, key: Key) -> Manifest | None:
        """Return the object of ``key``, if there is one."""
        return self._objects.get(key)

    def within(self, kind: GroupKind, namespace: str) -> list[Manifest]:
        """Return the objects of ``kind`` in ``namespace``, in the order they became known."""
        return [self._objects[key] for key in self._places.get((kind, namespace), ())]

    def all_of(self, kind: GroupKind) -> list[Manifest]:
        """Return all objects of ``kind``."""
        return [item for key, item in self._objects.items() if key.group_kind == kind]

    def children(self, kind: GroupKind, uid: str) -> list[Manifest]:
        """Return the objects of ``kind`` whose controller has ``uid``; empty: those without one."""
        return [self._objects[key] for key in self._children.get((kind, uid), ())]

    def tell(self, change: Change) -> None:
        """Take in what the watch told."""
        present = self._objects.get(change.key)
        if change.deleted:
            self._remember(change.uid, "")
            self._dead.pop(change.uid, None)
            if present is not None and present["metadata"].get("uid") == change.uid:
                self._drop(change.key)
            return
        self._remember(change.uid, change.resource_version)
        if change.uid in self._dead:
            return
        awaited = self._awaited.get(change.key)
        if awaited and present is not None and present["metadata"].get("uid") == change.uid:
            if change.resource_version not in awaited:
                return
            del awaited[: awaited.index(change.resource_version) + 1]
            if awaited:
                return
        self._put(change.key, change.object)

    def wrote(self, after: Manifest) -> None:
        """Believe the answer to a write of ours at once."""
        metadata = after["metadata"]
        uid, version = metadata.get("uid", ""), metadata.get("resourceVersion", "")
        if (uid, version) in self._told or (uid, "") in self._told:
            return
        key = key_of(after)
        awaited = self._awaited.get(key, [])
        self._put(key, after)
        self._awaited[key] = [*awaited, version]

    def removed(self, manifest: Manifest) -> None:
        """Believe that a deletion of ours took the object away at once."""
        uid = manifest["metadata"].get("uid", "")
        if (uid, "") in self._told:
            return
        self._dead[uid] = None
        key = key_of(manifest)
        present = self._objects.get(key)
        if present is not None and present["metadata"].get("uid") == uid:
            self._drop(key)

    def trust(self, watched: Callable[[Key], Manifest | None]) -> None:
        """Await no writes of ours any more: a new list is as fresh as they are, and skips steps.

        ``watched`` returns an object as the watch has it.
        """
        awaited = list(self._awaited)
        self._awaited.clear()
        self._dead.clear()
        for key in awaited:
            manifest = watched(key)
            if manifest is None:
                self._drop(key)
            else:
                self._put(key, manifest)

    def _put(self, key: Key, manifest: Manifest) -> None:
        self._drop(key)
        self._objects[key] = manifest
        self._places.setdefault((key.group_kind, key.namespace), {})[key] = None
        self._children.setdefault((key.group_kind, _owner(manifest)), {})[key] = None

    def _drop(self, key: Key) -> None:
        self._awaited.pop(key, None)
        manifest = self._objects.pop(key, None)
        if manifest is None:
            return
        for index, name in (
            (self._places, key.namespace),
            (self._children, _owner(manifest)),
        ):
            entry = index[key.group_kind, name]
            del entry[key]
            if not entry:
                del index[key.group_kind, name]

    def _remember(self, uid: str, version: str) -> None:
        self._told[uid, version] = None
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]


def _owner(manifest: Manifest) -> str:
    reference = controller_of(manifest)
    return "" if reference is None else str(reference.get("uid", ""))
