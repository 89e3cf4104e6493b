"""Gives Services their cluster IPs and node ports.

The lowest free one is given, so that the same objects made in the same order have the same
addresses. Source: the Kubernetes documentation, "Service", on clusterIP, headless and node ports.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.statuses import Refusal, invalid
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest

_EXPOSED = ("LoadBalancer", "NodePort")
_SERVICES = "services"
_NETWORK = (10, 96)
_SIZE = 1 << 16
_FIRST_ADDRESS = 10  # the first ones are left for services of the cluster itself
_NODE_PORTS = range(30000, 32768)


def with_addresses(old: Manifest | None, new: Manifest, store: Store) -> Manifest:
    """Return a Service with its cluster IP and node ports; those it had it keeps.

    Raises ``Refusal`` (422) for an address that another Service has.
    """
    spec = dict(new.get("spec") or {})
    before = (old or {}).get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    _drop_exposure(spec, before)
    if kind == "ExternalName":
        _drop_unused(spec, before)
        return {**new, "spec": spec}
    wanted = spec.get("clusterIP") or before.get("clusterIP")
    if wanted in (None, ""):
        if not new["metadata"]["name"]:
            raise _nameless()
        wanted = _free_address(store)
    elif wanted not in ("None", before.get("clusterIP")):
        _check_free(new, wanted, store)
    spec["clusterIP"] = wanted
    spec["clusterIPs"] = [wanted]
    for field, value in _families(spec).items():
        spec.setdefault(field, before.get(field, value))
    if kind in ("NodePort", "LoadBalancer"):
        spec["ports"] = _with_node_ports(before, spec, store)
    return {**new, "spec": spec}


def _families(spec: dict[str, Any]) -> dict[str, Any]:
    """Return of which families addresses are: nobody knows it of endpoints that others write."""
    if spec["clusterIP"] == "None" and not spec.get("selector"):
        return {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"}
    return {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}


def _drop_exposure(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """Take away what a Service has from an earlier type, unless it was just asked for."""
    kind, was = spec.get("type"), before.get("type")
    if was in _EXPOSED and kind not in _EXPOSED:
        if spec.get("externalTrafficPolicy") == before.get("externalTrafficPolicy"):
            spec.pop("externalTrafficPolicy", None)
        ports = spec.get("ports") or []
        if _node_ports(ports) == _node_ports(before.get("ports") or []):
            spec["ports"] = [
                {field: value for field, value in port.items() if field != "nodePort"}
                for port in ports
            ]
    field = "allocateLoadBalancerNodePorts"
    if was == "LoadBalancer" != kind and spec.get(field) == before.get(field):
        spec.pop(field, None)


def _node_ports(ports: list[dict[str, Any]]) -> set[int]:
    return {port["nodePort"] for port in ports if port.get("nodePort")}


def _nameless() -> Refusal:
    """Return how a Service without a name is refused: its address cannot be noted down."""
    cause = {
        "reason": "FieldValueInvalid",
        "message": 'Invalid value: [""]: failed to allocate IP: the Service has no name',
        "field": "spec.clusterIPs",
    }
    return invalid("", "", "Service", [cause])


def _drop_unused(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """Take away what a Service without an address has no use for, unless it was just asked for."""
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if field in spec and spec[field] == before.get(field):
            del spec[field]
    spec.pop("internalTrafficPolicy", None)


def _taken(store: Store) -> set[str]:
    return {
        stored.object.get("spec", {}).get("clusterIP", "") for stored in store.objects(_SERVICES)
    }


def _free_address(store: Store) -> str:
    taken = _taken(store)
    for number in range(_FIRST_ADDRESS, _SIZE - 1):
        address = f"{_NETWORK[0]}.{_NETWORK[1]}.{number >> 8}.{number & 255}"
        if address not in taken:
            return address
    raise RuntimeError("all cluster IPs of the embedded cluster are in use")


def _check_free(service: Manifest, address: str, store: Store) -> None:
    if address in _taken(store):
        cause = {
            "reason": "FieldValueInvalid",
            "message": f'Invalid value: ["{address}"]: failed to allocate IP {address}: provided '
            "IP is already allocated",
            "field": "spec.clusterIPs",
        }
        raise invalid(service["metadata"]["name"], "", "Service", [cause])


def _with_node_ports(
    before: dict[str, Any], spec: dict[str, Any], store: Store
) -> list[dict[str, Any]]:
    had = {
        (port.get("port"), port.get("protocol")): port.get("nodePort")
        for port in before.get("ports") or ()
    }
    taken = {
        port.get("nodePort")
        for stored in store.objects(_SERVICES)
        for port in stored.object.get("spec", {}).get("ports") or ()
    }
    free = (number for number in _NODE_PORTS if number not in taken)
    ports: list[dict[str, Any]] = []
    for port in spec.get("ports") or ():
        number = port.get("nodePort") or had.get((port.get("port"), port.get("protocol")))
        # One port of several protocols is one port of the node too.
        twin = [each for each in ports if each.get("port") == port.get("port")]
        if not number and twin:
            number = twin[0]["nodePort"]
        ports.append({**port, "nodePort": number or next(free)})
    return ports
