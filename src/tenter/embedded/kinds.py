"""What is special about a few kinds when their objects are written.

Everything here could be an admission plugin or a registry strategy in Kubernetes; each class says
what its kind needs beyond its type. A kind without an entry needs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from tenter.embedded.addresses import with_addresses
from tenter.embedded.definitions import check_definition, prepared_definition
from tenter.embedded.schema import Cause
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest


class Kind:
    """What happens to any object: nothing."""

    def status(self, _new: Manifest) -> Manifest:
        """Return the status of a new object."""
        return {}

    def created(self, new: Manifest, _store: Store) -> Manifest:
        """Return a new, defaulted object with what the server fills in."""
        return new

    def changed(
        self,
        _old: Manifest,
        new: Manifest,
        _store: Store,
    ) -> Manifest:
        """Return the new state of an object with what the server fills in or keeps."""
        return new

    def check(self, _old: Manifest | None, _new: Manifest) -> Sequence[Cause]:
        """Return what is wrong beside the type's own rules; ``old`` is None for a new object."""
        return ()

    def grace(self, _object: Manifest, _asked: int | None) -> int:
        """Return the seconds between the deletion of an object and its end."""
        return 0

    def deleting(self, object_: Manifest) -> Manifest:
        """Return an object as its deletion begins."""
        return object_

    def undeletable(self, _object: Manifest) -> str | None:
        """Return why an object may not be deleted at all, or None."""
        return None


class _Pod(Kind):
    def status(self, new: Manifest) -> Manifest:
        return {"phase": "Pending", "qosClass": _quality(new)}

    def grace(self, object_: Manifest, asked: int | None) -> int:
        spec, status = object_.get("spec", {}), object_.get("status", {})
        if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
            return 0  # no node has anything left to stop
        if asked is not None:
            return asked
        seconds: int = spec.get("terminationGracePeriodSeconds", 30)
        return seconds


def _quality(pod: Manifest) -> str:
    """Return the quality-of-service class, as the Kubernetes documentation defines it."""
    guaranteed, any_resources = True, False
    for container in pod.get("spec", {}).get("containers") or ():
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        any_resources = any_resources or bool(limits or requests)
        for name in ("cpu", "memory"):
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                guaranteed = False
    if not any_resources:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


class _Namespace(Kind):
    def status(self, _new: Manifest) -> Manifest:
        return {"phase": "Active"}

    def created(self, new: Manifest, _store: Store) -> Manifest:
        spec = new.get("spec") or {}
        finalizers = spec.get("finalizers") or []
        if "kubernetes" in finalizers:
            return new
        return {**new, "spec": {**spec, "finalizers": [*finalizers, "kubernetes"]}}

    def changed(
        self,
        old: Manifest,
        new: Manifest,
        _store: Store,
    ) -> Manifest:
        return {**new, "spec": old.get("spec", {})}

    def deleting(self, object_: Manifest) -> Manifest:
        status = {**object_.get("status", {}), "phase": "Terminating"}
        return {**object_, "status": status}

    def undeletable(self, object_: Manifest) -> str | None:
        if object_["metadata"]["name"] in ("default", "kube-system", "kube-public"):
            return "this namespace may not be deleted"
        return None


class _Service(Kind):
    def status(self, _new: Manifest) -> Manifest:
        return {"loadBalancer": {}}

    def created(self, new: Manifest, store: Store) -> Manifest:
        return with_addresses(None, new, store)

    def changed(
        self,
        old: Manifest,
        new: Manifest,
        store: Store,
    ) -> Manifest:
        return with_addresses(old, new, store)


class _Waiting(Kind):
    """A claim or volume begins as Pending."""

    def status(self, _new: Manifest) -> Manifest:
        return {"phase": "Pending"}


class _Ingress(Kind):
    def status(self, _new: Manifest) -> Manifest:
        return {"loadBalancer": {}}


class _Definition(Kind):
    def created(self, new: Manifest, _store: Store) -> Manifest:
        return prepared_definition(new)

    def changed(
        self,
        _old: Manifest,
        new: Manifest,
        _store: Store,
    ) -> Manifest:
        return prepared_definition(new, finalizer=False)

    def check(self, old: Manifest | None, new: Manifest) -> Sequence[Cause]:
        return check_definition(old, new)


KINDS: dict[str, Kind] = {
    "customresourcedefinitions.apiextensions.k8s.io": _Definition(),
    "ingresses.networking.k8s.io": _Ingress(),
    "namespaces": _Namespace(),
    "persistentvolumeclaims": _Waiting(),
    "persistentvolumes": _Waiting(),
    "pods": _Pod(),
    "services": _Service(),
}
"""By resource: the kinds that need something."""
