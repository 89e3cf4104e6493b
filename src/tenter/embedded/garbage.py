"""Deletes what belongs to nothing any more: owner references and propagation policies.

An object whose owners are all gone goes as well. An owner deleted in the foreground waits for its
dependents that block it; one deleted with orphans lets go of them first. Source: the Kubernetes
documentation, "Garbage Collection" and "Owners and Dependents".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tenter.embedded.objects import Objects
from tenter.embedded.options import Deletion
from tenter.embedded.routing import Place
from tenter.embedded.store import Change, ObjectKey, Verb
from tenter.manifests.keys import Manifest, group_version

Item: TypeAlias = tuple[str, ObjectKey]
"""A resource's name and an object's key."""

_FOREGROUND = "foregroundDeletion"
_ORPHAN = "orphan"
_MANAGER = "garbage-collector"


class GarbageCollector:
    """Keeps a graph of owners by uid, and follows it when something is deleted."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._dependents: dict[str, dict[Item, None]] = {}
        self._known: dict[str, Item] = {}
        for resource, stored in objects.store.everything():
            metadata = stored.object["metadata"]
            item = (resource, ObjectKey(metadata.get("namespace", ""), metadata["name"]))
            self._known[metadata["uid"]] = item
            self._link(item, stored.object)

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Keep the graph, and note what lost an owner or began to be deleted."""
        item = (change.resource, change.key)
        if change.previous is not None:
            self._unlink(item, change.previous.object)
        if change.verb is Verb.DELETE:
            self._known.pop(change.uid, None)
            for dependent in self._dependents.get(change.uid, ()):
                note(dependent)
            if change.previous is not None:
                self._note_owners(change.previous.object, note)
            return
        self._known[change.uid] = item
        self._link(item, change.object)
        metadata = change.object["metadata"]
        if metadata.get("ownerReferences"):
            note(item)
        if change.previous is not None and change.previous.object["metadata"].get(
            "ownerReferences"
        ):
            self._note_owners(change.previous.object, note)
        if metadata.get("deletionTimestamp") and _policy(metadata):
            note(item)

    def _note_owners(self, object_: Manifest, note: Callable[[Any], None]) -> None:
        for reference in object_["metadata"].get("ownerReferences") or ():
            owner = self._known.get(reference.get("uid", ""))
            if owner is not None:
                note(owner)

    def _link(self, item: Item, object_: Manifest) -> None:
        for reference in object_["metadata"].get("ownerReferences") or ():
            self._dependents.setdefault(reference["uid"], {})[item] = None

    def _unlink(self, item: Item, object_: Manifest) -> None:
        for reference in object_["metadata"].get("ownerReferences") or ():
            items = self._dependents.get(reference["uid"])
            if items is not None:
                items.pop(item, None)
                if not items:
                    del self._dependents[reference["uid"]]

    def look(self, item: Item) -> None:
        """Let an object go, or its dependents, as its owners and its finalizers say."""
        object_ = self._read(item)
        if object_ is None:
            return
        metadata = object_["metadata"]
        if metadata.get("deletionTimestamp"):
            policy = _policy(metadata)
            if policy == _FOREGROUND:
                self._go_on_in_foreground(item, object_)
            elif policy == _ORPHAN:
                self._orphan(item, object_)
        elif metadata.get("ownerReferences"):
            self._weigh_owners(item, object_)

    def _read(self, item: Item) -> Manifest | None:
        resource, key = item
        stored = self._objects.store.get(resource, key.namespace, key.name)
        return stored.object if stored else None

    def _weigh_owners(self, item: Item, object_: Manifest) -> None:
        """Delete an object without owners; take those that are gone from one that has others."""
        solid: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        for reference in object_["metadata"]["ownerReferences"]:
            owner = self._owner(object_, reference)
            if owner is None:
                # An owner of a kind that is not served may exist all the same.
                (gone if self._is_served(reference) else solid).append(reference)
                continue
            had = owner["metadata"]
            ends = had.get("deletionTimestamp") and _policy(had) == _FOREGROUND
            (waiting if ends else solid).append(reference)
        if not gone and not waiting:
            return
        if solid:
            self._write(item, {**object_, "metadata": _without(object_["metadata"], solid)})
            return
        policy: str | None = "Background"
        if waiting and self._blocking_dependents(object_):
            policy = "Foreground"
        elif _policy(object_["metadata"]):
            policy = None
        place = self._place(item)
        if place is not None:
            uid = object_["metadata"]["uid"]
            self._objects.delete(place, Deletion(propagation=policy, uid=uid))

    def _owner(self, object_: Manifest, reference: dict[str, Any]) -> Manifest | None:
        item = self._known.get(reference["uid"])
        if item is None:
            return None
        owner = self._read(item)
        if owner is None or owner["kind"] != reference.get("kind"):
            return None
        namespace = owner["metadata"].get("namespace", "")
        if namespace and namespace != object_["metadata"].get("namespace", ""):
            return None
        return owner

    def _is_served(self, reference: dict[str, Any]) -> bool:
        group, _ = group_version({"apiVersion": reference.get("apiVersion", "")})
        return self._objects.registry.of_kind(group, reference.get("kind", "")) is not None

    def _blocking_dependents(self, object_: Manifest) -> bool:
        uid = object_["metadata"]["uid"]
        return any(
            reference["uid"] == uid and reference.get("blockOwnerDeletion")
            for item in self._dependents.get(uid, ())
            if (dependent := self._read(item)) is not None
            for reference in dependent["metadata"].get("ownerReferences") or ()
        )

    def _go_on_in_foreground(self, item: Item, object_: Manifest) -> None:
        uid = object_["metadata"]["uid"]
        for dependent in list(self._dependents.get(uid, ())):
            found = self._read(dependent)
            if found is not None and not found["metadata"].get("deletionTimestamp"):
                self._weigh_owners(dependent, found)
        if not self._blocking_dependents(object_):
            self._drop_finalizer(item, _FOREGROUND)

    def _orphan(self, item: Item, object_: Manifest) -> None:
        uid = object_["metadata"]["uid"]
        for dependent in list(self._dependents.get(uid, ())):
            found = self._read(dependent)
            if found is None:
                continue
            kept = [r for r in found["metadata"]["ownerReferences"] if r["uid"] != uid]
            self._write(dependent, {**found, "metadata": _without(found["metadata"], kept)})
        self._drop_finalizer(item, _ORPHAN)

    def _drop_finalizer(self, item: Item, name: str) -> None:
        object_ = self._read(item)
        if object_ is None:
            return
        metadata = dict(object_["metadata"])
        metadata["finalizers"] = [f for f in metadata.get("finalizers") or () if f != name]
        if not metadata["finalizers"]:
            del metadata["finalizers"]
        self._write(item, {**object_, "metadata": metadata})

    def _write(self, item: Item, object_: Manifest) -> None:
        place = self._place(item)
        if place is not None:
            options = self._objects.machine_options(_MANAGER)
            self._objects.update(place, object_, options, verb="patch")

    def _place(self, item: Item) -> Place | None:
        name, key = item
        resource = self._objects.registry.named(name)
        return Place(resource, key.namespace, key.name, "") if resource else None


def _policy(metadata: dict[str, Any]) -> str:
    finalizers = metadata.get("finalizers") or ()
    return next((name for name in (_ORPHAN, _FOREGROUND) if name in finalizers), "")


def _without(metadata: dict[str, Any], kept: list[dict[str, Any]]) -> dict[str, Any]:
    """Return metadata with the owner references ``kept`` alone."""
    rest = {**metadata, "ownerReferences": kept}
    if not kept:
        del rest["ownerReferences"]
    return rest
