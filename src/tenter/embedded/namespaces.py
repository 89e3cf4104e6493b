"""Ends namespaces: what is in one that is being deleted goes first, then the namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.objects import Objects
from tenter.embedded.options import Deletion
from tenter.embedded.routing import Place
from tenter.embedded.statuses import Refusal
from tenter.embedded.store import Change, Verb
from tenter.manifests.keys import Manifest

NAMESPACES = "namespaces"
FINALIZER = "kubernetes"
"""The entry of ``spec.finalizers`` that stands for the namespace's contents."""

DEFAULT_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class NamespaceLifecycle:
    """Empties namespaces with a ``deletionTimestamp``, and lets them go when they are empty."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Note namespaces that began to end, and those that lost an object meanwhile."""
        if change.resource == NAMESPACES:
            if change.verb is not Verb.DELETE and _is_ending(change.object):
                note(change.key.name)
        elif change.key.namespace and change.verb is not Verb.CREATE:
            namespace = self._read(change.key.namespace)
            if namespace is not None and _is_ending(namespace):
                note(change.key.namespace)

    def look(self, name: str) -> None:
        """Delete what is left in namespace ``name``; if nothing is, take its finalizer away."""
        namespace = self._read(name)
        if namespace is None or not _is_ending(namespace):
            return
        remaining = self._delete_contents(name)
        place = self._place(name)
        options = self._objects.machine_options("namespace-controller")
        if remaining:
            status = {**namespace.get("status", {}), "conditions": self._conditions(remaining)}
            had = namespace.get("status", {}).get("conditions") or ()
            if [c["message"] for c in had] == [c["message"] for c in status["conditions"]]:
                return
            self._objects.update(
                Place(place.resource, "", name, "status"),
                {**namespace, "status": status},
                options,
                verb="patch",
            )
            return
        self.finalize(place, namespace)

    def finalize(self, place: Place, namespace: Manifest) -> None:
        """Take the contents' finalizer away; the namespace goes unless others hold it."""
        store = self._objects.store
        spec = dict(namespace.get("spec") or {})
        spec["finalizers"] = [f for f in spec.get("finalizers") or () if f != FINALIZER]
        fresh = {**namespace, "spec": spec}
        if spec["finalizers"] or namespace["metadata"].get("finalizers"):
            if fresh != namespace:
                store.update(place.resource.name, fresh)
        else:
            store.delete(place.resource.name, fresh)

    def _delete_contents(self, name: str) -> list[tuple[str, Manifest]]:
        """Ask for the deletion of every object in the namespace; return those that stay for now."""
        remaining: list[tuple[str, Manifest]] = []
        for resource in self._objects.registry.stored():
            if not resource.namespaced:
                continue
            for stored in self._objects.store.objects(resource.name, name):
                object_ = stored.object
                place = Place(resource, name, object_["metadata"]["name"], "")
                if not object_["metadata"].get("deletionTimestamp"):
                    try:
                        last, gone = self._objects.delete(place, Deletion(propagation="Background"))
                    except Refusal:
                        remaining.append((resource.name, object_))
                        continue
                    if gone:
                        continue
                    object_ = last.object
                remaining.append((resource.name, object_))
        return remaining

    def _conditions(self, remaining: list[tuple[str, Manifest]]) -> list[dict[str, str]]:
        now = self._objects.now()
        counts: dict[str, int] = {}
        finalizers: dict[str, int] = {}
        for resource, object_ in remaining:
            counts[resource] = counts.get(resource, 0) + 1
            for finalizer in object_["metadata"].get("finalizers") or ():
                finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
        left = ", ".join(f"{name} has {counts[name]} resource instances" for name in sorted(counts))
        conditions = [
            {
                "type": "NamespaceContentRemaining",
                "status": "True",
                "reason": "SomeResourcesRemain",
                "message": f"Some resources are remaining: {left}",
                "lastTransitionTime": now,
            }
        ]
        if finalizers:
            held = ", ".join(
                f"{name} in {finalizers[name]} resource instances" for name in sorted(finalizers)
            )
            conditions.append(
                {
                    "type": "NamespaceFinalizersRemaining",
                    "status": "True",
                    "reason": "SomeFinalizersRemain",
                    "message": f"Some content in the namespace has finalizers remaining: {held}",
                    "lastTransitionTime": now,
                }
            )
        return conditions

    def _read(self, name: str) -> Manifest | None:
        stored = self._objects.store.get(NAMESPACES, "", name)
        return stored.object if stored else None

    def _place(self, name: str) -> Place:
        resource = self._objects.registry.named(NAMESPACES)
        if resource is None:
            raise LookupError("namespaces are always served")
        return Place(resource, "", name, "")


def _is_ending(namespace: Manifest) -> bool:
    return bool(namespace["metadata"].get("deletionTimestamp"))
