"""Services."""

from __future__ import annotations

import ipaddress
from typing import Any

from tenter.embedded.schema.causes import Cause, duplicate, forbidden, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import between
from tenter.embedded.schema.rules.metadata import label_causes
from tenter.embedded.schema.rules.probes import port_causes
from tenter.manifests import Manifest

_EXPOSED = ("LoadBalancer", "NodePort")


def service_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Service."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    ports = spec.get("ports") or []
    external = spec.get("type") == "ExternalName"
    headless = spec.get("clusterIP") == "None" and not spec.get("selector")
    if not external and not headless and (unfit := _family_causes(spec)):
        return unfit  # found before anything else is looked at
    if not ports and not external and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    if external:
        causes += _external_name_causes(spec)
    else:
        causes += _address_causes(spec)
    causes += _exposure_causes(spec)
    taken_names: set[str] = set()
    taken: list[dict[str, Any]] = []
    node_ports: list[dict[str, Any]] = []
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        causes += _port_causes(port, path, several=len(ports) > 1)
        name = port.get("name")
        if name and name in taken_names:
            causes.append(duplicate(f"{path}.name", name))
        taken_names.add(name or "")
        key = {"port": port.get("port"), "protocol": port.get("protocol")}
        if key in taken:
            causes.append(duplicate(path, key))
        taken.append(key)
        if port.get("nodePort"):
            node = {"port": port["nodePort"], "protocol": port.get("protocol")}
            if node in node_ports:
                causes.append(duplicate(f"{path}.nodePort", port["nodePort"]))
            node_ports.append(node)
    if spec.get("selector"):
        causes += label_causes(spec["selector"], "spec.selector")
    return causes


def _external_name_causes(spec: dict[str, Any]) -> list[Cause]:
    causes = [
        forbidden(f"spec.{field}", "may not be set for ExternalName services")
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(field)
    ]
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        causes.append(required("spec.externalName"))
    else:
        causes += [invalid("spec.externalName", name, why) for why in names.subdomain(name)]
    return causes


def _address_causes(spec: dict[str, Any]) -> list[Cause]:
    address = spec.get("clusterIP")
    if address == "None":
        kind = spec.get("type")
        if kind in _EXPOSED:
            why = f"may not be set to 'None' for {kind} services"
            return [invalid("spec.clusterIPs[0]", address, why)]
        return []
    if not address:
        return []
    try:
        ipaddress.ip_address(address)
    except ValueError:
        why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        return [invalid("spec.clusterIPs[0]", address, why)]
    return []


def _family_causes(spec: dict[str, Any]) -> list[Cause]:
    """Judge what a cluster of one address family cannot give."""
    causes: list[Cause] = []
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        why = "this cluster is not configured for dual-stack services"
        causes.append(invalid("spec.ipFamilyPolicy", "RequireDualStack", why))
    causes += [
        invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")
        for index, family in enumerate(spec.get("ipFamilies") or ())
        if family == "IPv6"
    ]
    return causes


def _exposure_causes(spec: dict[str, Any]) -> list[Cause]:
    """Judge what only services that are reached from outside may state."""
    kind = spec.get("type")
    causes: list[Cause] = []
    if spec.get("externalTrafficPolicy") and kind not in _EXPOSED and not spec.get("externalIPs"):
        why = "may only be set for externally-accessible services"
        causes.append(invalid("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], why))
    if "allocateLoadBalancerNodePorts" in spec and kind != "LoadBalancer":
        why = "may only be used when `type` is 'LoadBalancer'"
        causes.append(forbidden("spec.allocateLoadBalancerNodePorts", why))
    if kind == "ClusterIP":
        causes += [
            forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
            for index, port in enumerate(spec.get("ports") or ())
            if port.get("nodePort")
        ]
    if "sessionAffinityConfig" in spec and spec.get("sessionAffinity") == "None":
        why = "must not be set when session affinity is None"
        causes.append(forbidden("spec.sessionAffinityConfig", why))
    return causes


def _port_causes(port: dict[str, Any], path: str, *, several: bool) -> list[Cause]:
    causes: list[Cause] = []
    name = port.get("name")
    if name:
        causes += [invalid(f"{path}.name", name, why) for why in names.label(name)]
    elif several:
        causes.append(required(f"{path}.name"))
    causes += between(1, 65535, port, "port", path)
    causes += port_causes(port, "targetPort", path)
    protocol = port.get("appProtocol")
    if protocol is not None:
        why_not = names.qualified_name(protocol)
        causes += [invalid(f"{path}.appProtocol", protocol, why) for why in why_not]
    if port.get("nodePort") and not 30000 <= port["nodePort"] <= 32767:
        why = "provided port is not in the valid range. The range of valid ports is 30000-32767"
        causes.append(invalid(f"{path}.nodePort", port["nodePort"], why))
    return causes


def service_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return the cause where the address of a Service that keeps one changed."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    address = before.get("clusterIP")
    if after.get("clusterIP") != "None" and _address_causes(after):
        return []
    if not address or "ExternalName" in {before.get("type"), after.get("type")}:
        return []
    if after.get("clusterIP") == address:
        return []
    given = [after["clusterIP"]] if after.get("clusterIP") else []
    return [invalid("spec.clusterIPs[0]", given, "may not change once set")]
