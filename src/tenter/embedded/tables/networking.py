"""What is shown of Services, Ingresses, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.embedded.tables.cells import NONE, field, joined, labels, selector
from tenter.embedded.tables.printed import AGE, NAME, Printed
from tenter.manifests.keys import Manifest

_SHOWN = 3
"""How many addresses, ports or hosts stand in a cell before it says how many more there are."""


def _first(shown: Sequence[str], *, between: str = ",") -> str:
    more = f" + {len(shown) - _SHOWN} more..." if len(shown) > _SHOWN else ""
    return between.join(shown[:_SHOWN]) + more


def _balanced(manifest: Manifest) -> list[str]:
    """Return the addresses that a load balancer gave, each once."""
    entries = (manifest.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    found = {entry.get("ip") or entry.get("hostname") or "" for entry in entries}
    return sorted(found - {""})


def _addresses(manifest: Manifest, _now: float) -> str:
    return ",".join(_balanced(manifest))


def _cluster_ip(service: Manifest, _now: float) -> str:
    addresses = service.get("spec", {}).get("clusterIPs") or ()
    return str(addresses[0]) if addresses else NONE


def _external_ip(service: Manifest, _now: float) -> str:
    spec = service.get("spec", {})
    own = spec.get("externalIPs") or []
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", ""))
        case "LoadBalancer":
            return ",".join([*_balanced(service), *own]) or "<pending>"
        case _:
            return ",".join(own) or NONE


def _service_ports(service: Manifest, _now: float) -> str:
    shown = []
    for port in service.get("spec", {}).get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or NONE


def _endpoints(endpoints: Manifest, _now: float) -> str:
    shown = [
        _joined(address.get("ip", ""), port)
        for subset in endpoints.get("subsets") or ()
        for port in subset.get("ports") or (None,)
        for address in subset.get("addresses") or ()
    ]
    return _first(shown) if endpoints.get("subsets") else NONE


def _joined(address: str, port: Manifest | None) -> str:
    if port is None:
        return address
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port.get('port')}"


def _slice_ports(slice_: Manifest, _now: float) -> str:
    shown = [str(port.get("port") or port.get("name") or "*") for port in slice_.get("ports") or ()]
    return _first(shown) or "<unset>"


def _slice_addresses(slice_: Manifest, _now: float) -> str:
    shown = [
        address
        for endpoint in slice_.get("endpoints") or ()
        for address in endpoint.get("addresses") or ()
    ]
    return _first(shown) or "<unset>"


def _hosts(ingress: Manifest, _now: float) -> str:
    rules = ingress.get("spec", {}).get("rules") or ()
    hosts = [rule["host"] for rule in rules if rule.get("host")]
    if not hosts:
        return "*"
    more = f" + {len(rules) - _SHOWN} more..." if len(hosts) > _SHOWN else ""
    return ",".join(hosts[:_SHOWN]) + more


def _ingress_ports(ingress: Manifest, _now: float) -> str:
    return "80, 443" if ingress.get("spec", {}).get("tls") else "80"


def _class_name(ingress_class: Manifest, _now: float) -> str:
    metadata = ingress_class["metadata"]
    default = (metadata.get("annotations") or {}).get("ingressclass.kubernetes.io/is-default-class")
    return f"{metadata['name']} (default)" if default == "true" else str(metadata["name"])


def _parameters(ingress_class: Manifest, _now: float) -> str:
    found = ingress_class.get("spec", {}).get("parameters")
    if not found:
        return NONE
    kind = found.get("kind", "")
    if found.get("apiGroup"):
        kind += f".{found['apiGroup']}"
    return f"{kind}/{found.get('name', '')}"


def _parent(address: Manifest, _now: float) -> str:
    parent = address.get("spec", {}).get("parentRef")
    if not parent:
        return NONE
    resource = parent.get("resource", "")
    if parent.get("group"):
        resource += f".{parent['group']}"
    steps = [resource.lower(), parent.get("namespace", ""), parent.get("name", "")]
    return "/".join(step for step in steps if step)


NETWORKING: dict[str, tuple[Printed, ...]] = {
    "services": (
        NAME,
        Printed("Type", field("spec.type")),
        Printed("Cluster-IP", _cluster_ip),
        Printed("External-IP", _external_ip),
        Printed("Port(s)", _service_ports),
        AGE,
        Printed("Selector", labels("spec.selector"), wide=True),
    ),
    "endpoints": (NAME, Printed("Endpoints", _endpoints), AGE),
    "endpointslices.discovery.k8s.io": (
        NAME,
        Printed("AddressType", field("addressType", "")),
        Printed("Ports", _slice_ports),
        Printed("Endpoints", _slice_addresses),
        AGE,
    ),
    "ingresses.networking.k8s.io": (
        NAME,
        Printed("Class", field("spec.ingressClassName")),
        Printed("Hosts", _hosts),
        Printed("Address", _addresses),
        Printed("Ports", _ingress_ports),
        AGE,
    ),
    "ingressclasses.networking.k8s.io": (
        Printed("Name", _class_name, format="name"),
        Printed("Controller", field("spec.controller", "")),
        Printed("Parameters", _parameters),
        AGE,
    ),
    "networkpolicies.networking.k8s.io": (
        NAME,
        Printed("Pod-Selector", selector("spec.podSelector")),
        AGE,
    ),
    "ipaddresses.networking.k8s.io": (NAME, Printed("ParentRef", _parent)),
    "servicecidrs.networking.k8s.io": (NAME, Printed("CIDRs", joined("spec.cidrs")), AGE),
}
"""By resource."""
