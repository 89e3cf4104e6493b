"""EndpointSlices: where the Pods behind a Service are, as ``kubectl describe service`` asks. Pure.

One slice a Service and address family; the limit of 100 addresses a slice is not kept, as nothing
here has so many. Source of the rules: the EndpointSlice API (discovery.k8s.io/v1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.controllers.endpoints import ports_of
from tenter.embedded.controllers.ownership import controller_reference, is_deleting, selects
from tenter.embedded.controllers.pods import is_finished, is_ready
from tenter.embedded.controllers.writes import Create, Delete, Patch, Write
from tenter.manifests import Manifest

_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_SERVICE_NAME = "kubernetes.io/service-name"
_MANAGER = "endpointslice-controller.k8s.io"


def reconcile(
    service: Manifest, pods: Sequence[Manifest], slices: Sequence[Manifest]
) -> tuple[Write, ...]:
    """Return the writes that make ``slices``, those of ``service``, say where its ``pods`` are."""
    selector = (service.get("spec") or {}).get("selector")
    if not selector or is_deleting(service):
        return ()
    chosen = [
        pod
        for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))
        if selects({"matchLabels": selector}, pod["metadata"].get("labels"))
        and (pod.get("status") or {}).get("podIP")
        and not is_finished(pod)
    ]
    groups: dict[bytes, dict[str, Any]] = {}
    for pod in chosen:
        ports = [{"name": "", **port} for port in ports_of(service, pod)]
        group = groups.setdefault(msgspec.json.encode(ports), {"endpoints": [], "ports": ports})
        group["endpoints"].append(_endpoint(service, pod))
    wanted = list(groups.values()) or [{"endpoints": [], "ports": []}]
    present = [item for item in slices if not is_deleting(item)]
    writes: list[Write] = []
    for contents, item in zip(wanted, present, strict=False):
        if _plain(item) != contents:
            writes.append(Patch(item, contents))
    writes += [Create(_slice(service, contents)) for contents in wanted[len(present) :]]
    writes += [Delete(item) for item in present[len(wanted) :]]
    return tuple(writes)


def _plain(item: Manifest) -> dict[str, Any]:
    return {"endpoints": item.get("endpoints") or [], "ports": item.get("ports") or []}


def _endpoint(service: Manifest, pod: Manifest) -> dict[str, Any]:
    metadata = pod["metadata"]
    serving, ending = is_ready(pod), is_deleting(pod)
    anyway = bool(service["spec"].get("publishNotReadyAddresses"))
    found: dict[str, Any] = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": anyway or (serving and not ending),
            "serving": serving,
            "terminating": ending,
        },
        "targetRef": {
            "kind": "Pod",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
    }
    if pod["spec"].get("nodeName"):
        found["nodeName"] = pod["spec"]["nodeName"]
    return found


def _slice(service: Manifest, contents: dict[str, Any]) -> Manifest:
    metadata = service["metadata"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": {
                **(metadata.get("labels") or {}),
                _MANAGED_BY: _MANAGER,
                _SERVICE_NAME: metadata["name"],
            },
            "ownerReferences": [controller_reference(service)],
        },
        "addressType": "IPv4",
        **contents,
    }
