"""What is special about a few kinds when their objects are written.

Everything here could be an admission plugin or a registry strategy in Kubernetes; each class says
what its kind needs beyond its type. A kind without an entry needs nothing.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.account_admission import with_account
from tenter.embedded.addresses import with_addresses
from tenter.embedded.definitions import (
    ending_definition,
    prepared_definition,
    stored_versions,
)
from tenter.embedded.kind import Kind
from tenter.embedded.pod_admission import admitted_pod
from tenter.embedded.store import Store
from tenter.embedded.workload_kinds import DaemonSet, Deployment, Job, Sets
from tenter.manifests.keys import Manifest

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"


class _Pod(Kind):
    def status(self, new: Manifest) -> Manifest:
        return {"phase": "Pending", "qosClass": _quality(new)}

    def created(self, new: Manifest, store: Store) -> Manifest:
        return admitted_pod(None, with_account(new, store), store)

    def changed(self, old: Manifest, new: Manifest, store: Store) -> Manifest:
        return admitted_pod(old, new, store)

    def is_graceful(self) -> bool:
        return True

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


class _EndpointSlice(Kind):
    def desired(self, object_: Manifest) -> Any:
        return super().desired(object_), object_["metadata"].get("labels") or {}


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
        metadata = dict(object_["metadata"])
        metadata.pop("deletionGracePeriodSeconds", None)
        return {**object_, "metadata": metadata, "status": status}

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


class _Storage(Kind):
    """A claim or volume begins as Pending, and is protected while something uses it."""

    def unsettled(self, _new: Manifest) -> bool:
        return True

    def __init__(self, finalizer: str, *, timed: bool = False) -> None:
        self._finalizer = finalizer
        self._timed = timed

    def status(self, new: Manifest) -> Manifest:
        if not self._timed:
            return {"phase": "Pending"}
        since = new["metadata"]["creationTimestamp"]
        return {"phase": "Pending", "lastPhaseTransitionTime": since}

    def created(self, new: Manifest, _store: Store) -> Manifest:
        finalizers = new["metadata"].get("finalizers") or []
        if self._finalizer in finalizers:
            return new
        metadata = {**new["metadata"], "finalizers": [*finalizers, self._finalizer]}
        return {**new, "metadata": metadata}


class _Ingress(Kind):
    def status(self, _new: Manifest) -> Manifest:
        return {"loadBalancer": {}}


class _Definition(Kind):
    def status(self, new: Manifest) -> Manifest:
        return {
            "conditions": None,
            "acceptedNames": {"plural": "", "kind": ""},
            "storedVersions": stored_versions(new),
        }

    def created(self, new: Manifest, _store: Store) -> Manifest:
        return prepared_definition(new)

    def deleting(self, object_: Manifest) -> Manifest:
        return ending_definition(object_)

    def changed(
        self,
        old: Manifest,
        new: Manifest,
        _store: Store,
    ) -> Manifest:
        prepared = prepared_definition(new)
        before = (old.get("status") or {}).get("storedVersions") or ()
        status = {**(new.get("status") or {}), "storedVersions": stored_versions(new, before)}
        return {**prepared, "status": status}


KINDS: dict[str, Kind] = {
    "customresourcedefinitions.apiextensions.k8s.io": _Definition(),
    "daemonsets.apps": DaemonSet(
        "currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"
    ),
    "deployments.apps": Deployment(),
    "endpointslices.discovery.k8s.io": _EndpointSlice(),
    "ingresses.networking.k8s.io": _Ingress(),
    "jobs.batch": Job(),
    "namespaces": _Namespace(),
    "persistentvolumeclaims": _Storage(CLAIM_PROTECTION),
    "persistentvolumes": _Storage(VOLUME_PROTECTION, timed=True),
    "pods": _Pod(),
    "replicasets.apps": Sets("replicas"),
    "services": _Service(),
    "statefulsets.apps": Sets("replicas", "availableReplicas"),
}
"""By resource: the kinds that need something."""
