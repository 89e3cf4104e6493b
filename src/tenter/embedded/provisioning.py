"""Gives claims a volume, and load balancers and ingresses an address, as a cloud would.

A cluster of one machine has no cloud; without this a sync that waits for their health would wait
for ever. The address is the machine's own loopback address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.objects import Objects
from tenter.embedded.routing import Place
from tenter.embedded.store import Change, ObjectKey, Verb
from tenter.manifests.keys import Manifest

_CLAIMS = "persistentvolumeclaims"
_SERVICES = "services"
_INGRESSES = "ingresses.networking.k8s.io"
_ADDRESS = "127.0.0.1"
_MANAGER = "tenter-provisioner"


class Provisioning:
    """Answers what asks for something from outside the cluster."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Note new claims, Services and Ingresses."""
        if change.verb is not Verb.DELETE and change.resource in (_CLAIMS, _SERVICES, _INGRESSES):
            note((change.resource, change.key))

    def look(self, item: tuple[str, ObjectKey]) -> None:
        """Provide what the object asks for, once."""
        name, key = item
        stored = self._objects.store.get(name, key.namespace, key.name)
        if stored is None or stored.object["metadata"].get("deletionTimestamp"):
            return
        object_ = stored.object
        if name == _CLAIMS:
            self._bind(key, object_)
        elif name == _INGRESSES or object_["spec"].get("type") == "LoadBalancer":
            if (object_.get("status", {}).get("loadBalancer") or {}).get("ingress"):
                return
            entry: dict[str, Any] = {"ip": _ADDRESS}
            if name == _SERVICES:
                entry["ipMode"] = "VIP"
            self._write(name, key, object_, {"loadBalancer": {"ingress": [entry]}})

    def _bind(self, key: ObjectKey, claim: Manifest) -> None:
        status, spec = claim.get("status", {}), claim.get("spec", {})
        if status.get("phase") == "Bound":
            return
        storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
        bound: dict[str, Any] = {"phase": "Bound", "accessModes": spec.get("accessModes") or []}
        if storage:
            bound["capacity"] = {"storage": storage}
        self._write(_CLAIMS, key, claim, bound)

    def _write(self, name: str, key: ObjectKey, object_: Manifest, status: dict[str, Any]) -> None:
        resource = self._objects.registry.named(name)
        if resource is None:
            raise LookupError(f"{name} are always served")
        place = Place(resource, key.namespace, key.name, "status")
        fresh = {**object_, "status": {**object_.get("status", {}), **status}}
        self._objects.update(place, fresh, self._objects.machine_options(_MANAGER), verb="patch")
