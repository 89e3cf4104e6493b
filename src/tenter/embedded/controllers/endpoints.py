"""Endpoints: for each Service with a selector, the addresses of the Pods behind it. Pure.

Source of the rules: the Endpoints API (v1): ready Pods are addresses, the others notReadyAddresses;
a named targetPort is looked up in each Pod.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.controllers.ownership import is_deleting, selects
from tenter.embedded.controllers.pods import is_finished, is_ready
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, Outcome, Patch
from tenter.manifests import Manifest


def reconcile(
    service: Manifest,
    pods: Sequence[Manifest],
    endpoints: Manifest | None,
    now: float,  # noqa: ARG001 - one signature for all controllers
    settings: ControllerSettings,  # noqa: ARG001
) -> Outcome:
    """Return the write that makes ``endpoints`` say where ``service``'s ``pods`` are."""
    spec = service.get("spec") or {}
    selector = spec.get("selector")
    if not selector or is_deleting(service):
        return Outcome()
    chosen = [
        pod for pod in pods if selects({"matchLabels": selector}, pod["metadata"].get("labels"))
    ]
    subsets = _subsets(service, chosen)
    if endpoints is None:
        metadata = service["metadata"]
        new: Manifest = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "labels": metadata.get("labels") or {},
                "ownerReferences": [
                    {
                        "apiVersion": "v1",
                        "kind": "Service",
                        "name": metadata["name"],
                        "uid": metadata["uid"],
                    }
                ],
            },
        }
        if subsets:
            new["subsets"] = subsets
        return Outcome((Create(new),))
    if (endpoints.get("subsets") or []) == subsets or is_deleting(endpoints):
        return Outcome()
    return Outcome((Patch(endpoints, {"subsets": subsets or None}),))


def ports_of(service: Manifest, pod: Manifest) -> list[dict[str, Any]]:
    """Return the ports of ``pod`` that ``service`` leads to, as Endpoints list them.

    A named targetPort that the Pod does not have is left out.
    """
    ports = []
    for port in (service.get("spec") or {}).get("ports") or ():
        target = port.get("targetPort") or port["port"]
        number = target if isinstance(target, int) else _named(pod, target)
        if number is None:
            continue
        entry: dict[str, Any] = {"port": number, "protocol": port.get("protocol", "TCP")}
        if port.get("name"):
            entry["name"] = port["name"]
        ports.append(entry)
    return ports


def _named(pod: Manifest, name: str) -> int | None:
    if name.isdecimal():
        return int(name)
    for container in (pod.get("spec") or {}).get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == name:
                return int(port["containerPort"])
    return None


def _subsets(service: Manifest, pods: Sequence[Manifest]) -> list[dict[str, Any]]:
    ready_anyway = bool(service["spec"].get("publishNotReadyAddresses"))
    groups: dict[bytes, dict[str, Any]] = {}
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"])):
        address = (pod.get("status") or {}).get("podIP")
        if not address or is_finished(pod):
            continue
        ports = ports_of(service, pod)
        group = groups.setdefault(msgspec.json.encode(ports), {"ports": ports})
        serving = ready_anyway or (is_ready(pod) and not is_deleting(pod))
        entry: dict[str, Any] = {
            "ip": address,
            "targetRef": {
                "kind": "Pod",
                "name": pod["metadata"]["name"],
                "namespace": pod["metadata"]["namespace"],
                "uid": pod["metadata"]["uid"],
            },
        }
        if (pod.get("spec") or {}).get("nodeName"):
            entry["nodeName"] = pod["spec"]["nodeName"]
        group.setdefault("addresses" if serving else "notReadyAddresses", []).append(entry)
    return [
        {
            field: group[field]
            for field in ("addresses", "notReadyAddresses", "ports")
            if group.get(field)
        }
        for _, group in sorted(groups.items())
    ]
