"""Lets go of claims and volumes that are deleted, once nothing uses them.

Their finalizers hold them until then. Source: the Kubernetes documentation, "Storage Object in Use
Protection".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.kinds import CLAIM_PROTECTION, VOLUME_PROTECTION
from tenter.embedded.objects import Objects
from tenter.embedded.routing import Place
from tenter.embedded.store import Change, ObjectKey, Verb
from tenter.manifests.keys import Manifest

_CLAIMS, _VOLUMES, _PODS = "persistentvolumeclaims", "persistentvolumes", "pods"
_FINALIZERS = {_CLAIMS: CLAIM_PROTECTION, _VOLUMES: VOLUME_PROTECTION}
_MANAGER = "storage-protection"


class StorageProtection:
    """Takes the finalizers of deleted claims and volumes that are not used."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Note what is being deleted, and what a Pod that ended may have used."""
        if change.resource in _FINALIZERS:
            if change.verb is not Verb.DELETE and change.object["metadata"].get(
                "deletionTimestamp"
            ):
                note((change.resource, change.key))
        elif change.resource == _PODS and change.verb is not Verb.CREATE:
            for name in _claims_of(change.object):
                note((_CLAIMS, ObjectKey(change.key.namespace, name)))

    def look(self, item: tuple[str, ObjectKey]) -> None:
        """Let the object go, if it is being deleted and not in use."""
        name, key = item
        stored = self._objects.store.get(name, key.namespace, key.name)
        if stored is None or not stored.object["metadata"].get("deletionTimestamp"):
            return
        metadata = dict(stored.object["metadata"])
        held = metadata.get("finalizers") or []
        if _FINALIZERS[name] not in held or self._is_used(name, key, stored.object):
            return
        metadata["finalizers"] = [each for each in held if each != _FINALIZERS[name]]
        if not metadata["finalizers"]:
            del metadata["finalizers"]
        resource = self._objects.registry.named(name)
        if resource is None:
            raise LookupError(f"{name} are always served")
        place = Place(resource, key.namespace, key.name, "")
        fresh = {**stored.object, "metadata": metadata}
        self._objects.update(place, fresh, self._objects.machine_options(_MANAGER), verb="patch")

    def _is_used(self, name: str, key: ObjectKey, object_: Manifest) -> bool:
        if name == _VOLUMES:
            return (object_.get("status") or {}).get("phase") == "Bound"
        return any(
            key.name in _claims_of(pod.object)
            for pod in self._objects.store.objects(_PODS, key.namespace)
            if pod.object["spec"].get("nodeName")
            and pod.object.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        )


def _claims_of(pod: Manifest) -> list[str]:
    return [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod.get("spec", {}).get("volumes") or ()
        if "persistentVolumeClaim" in volume
    ]
