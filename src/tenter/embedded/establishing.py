"""Serves what CustomResourceDefinitions define, and deletes it with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.definitions import (
    CLEANUP,
    DEFINITIONS,
    definition_status,
    is_established,
    rows_of,
)
from tenter.embedded.objects import Objects
from tenter.embedded.options import Deletion
from tenter.embedded.routing import Place
from tenter.embedded.store import Change, Verb
from tenter.manifests.keys import Manifest


class Establishing:
    """Accepts the names of CRDs, keeps the registry in step, and cleans up after them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._served: dict[str, dict[str, Any]] = {}
        for stored in objects.store.objects(DEFINITIONS):
            self._serve(stored.object)

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Serve what is established, and note CRDs that changed or lost an object."""
        if change.resource == DEFINITIONS:
            if change.verb is Verb.DELETE:
                self._served.pop(change.key.name, None)
                self._objects.registry.serve(change.key.name, ())
                return
            self._serve(change.object)
            note(change.key.name)
        elif change.verb is Verb.DELETE and change.resource in self._served:
            note(change.resource)  # a CRD's name is that of its resource

    def look(self, name: str) -> None:
        """Accept a CRD's names, or delete its objects if it is being deleted."""
        stored = self._objects.store.get(DEFINITIONS, "", name)
        if stored is None:
            return
        definition = stored.object
        if definition["metadata"].get("deletionTimestamp"):
            self._clean_up(definition)
            return
        status = definition_status(definition, self._clash(definition), self._objects.now())
        if status != definition.get("status"):
            self._write(definition, {**definition, "status": status}, "status")

    def _serve(self, definition: Manifest) -> None:
        name = definition["metadata"]["name"]
        if not is_established(definition) or self._served.get(name) == definition["spec"]:
            return
        registry = self._objects.registry
        self._served[name] = definition["spec"]
        registry.serve(name, rows_of(definition, registry.types))

    def _clash(self, definition: Manifest) -> str:
        """Return why the names are not free; empty if they are."""
        spec = definition["spec"]
        names = spec["names"]
        for row in self._objects.registry.resources():
            if row.group != spec["group"] or row.plural == names["plural"]:
                continue
            if row.kind == names["kind"]:
                return f'"{names["kind"]}" is already in use'
        return ""

    def _clean_up(self, definition: Manifest) -> None:
        name = definition["metadata"]["name"]
        registry = self._objects.registry
        resource = registry.named(name)
        if resource is not None:
            for stored in self._objects.store.objects(name):
                metadata = stored.object["metadata"]
                if not metadata.get("deletionTimestamp"):
                    place = Place(resource, metadata.get("namespace", ""), metadata["name"], "")
                    self._objects.delete(place, Deletion(propagation="Background"))
        if self._objects.store.count(name):
            return
        metadata = dict(definition["metadata"])
        metadata["finalizers"] = [f for f in metadata.get("finalizers") or () if f != CLEANUP]
        self._write(definition, {**definition, "metadata": metadata}, "")

    def _write(self, definition: Manifest, fresh: Manifest, subresource: str) -> None:
        resource = self._objects.registry.named(DEFINITIONS)
        if resource is None:
            raise LookupError("CustomResourceDefinitions are always served")
        place = Place(resource, "", definition["metadata"]["name"], subresource)
        options = self._objects.machine_options("kube-apiserver")
        self._objects.update(place, fresh, options, verb="patch")
