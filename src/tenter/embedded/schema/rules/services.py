"""Services and Ingresses."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, duplicate, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import between
from tenter.embedded.schema.rules.metadata import label_causes
from tenter.manifests import Manifest


def service_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Service."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    ports = spec.get("ports") or []
    external = spec.get("type") == "ExternalName"
    if not ports and not external and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    if external and not spec.get("externalName"):
        causes.append(required("spec.externalName"))
    taken_names: set[str] = set()
    taken: list[dict[str, Any]] = []
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
    if spec.get("selector"):
        causes += label_causes(spec["selector"], "spec.selector")
    return causes


def _port_causes(port: dict[str, Any], path: str, *, several: bool) -> list[Cause]:
    causes: list[Cause] = []
    name = port.get("name")
    if name:
        causes += [invalid(f"{path}.name", name, why) for why in names.label(name)]
    elif several:
        causes.append(required(f"{path}.name"))
    causes += between(1, 65535, port, "port", path)
    target = port.get("targetPort")
    if isinstance(target, str):
        causes += [invalid(f"{path}.targetPort", target, w) for w in names.port_name(target)]
    else:
        causes += between(1, 65535, port, "targetPort", path)
    if port.get("nodePort") and not 30000 <= port["nodePort"] <= 32767:
        why = "provided port is not in the valid range. The range of valid ports is 30000-32767"
        causes.append(invalid(f"{path}.nodePort", port["nodePort"], why))
    return causes


def service_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return the cause where the address of a Service that keeps one changed."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    address = before.get("clusterIP")
    if not address or "ExternalName" in {before.get("type"), after.get("type")}:
        return []
    if after.get("clusterIP") == address:
        return []
    given = [after["clusterIP"]] if after.get("clusterIP") else []
    return [invalid("spec.clusterIPs[0]", given, "may not change once set")]


def ingress_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with an Ingress."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    if not spec.get("rules") and not spec.get("defaultBackend"):
        why = "either `defaultBackend` or `rules` must be specified"
        causes.append(invalid("spec", spec, why))
    for index, rule in enumerate(spec.get("rules") or ()):
        for place, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            where = f"spec.rules[{index}].http.paths[{place}]"
            text = path.get("path") or ""
            if path.get("pathType") != "ImplementationSpecific" and not text.startswith("/"):
                causes.append(invalid(f"{where}.path", text, "must be an absolute path"))
            causes += _backend_causes(path.get("backend") or {}, f"{where}.backend")
    return causes


def _backend_causes(backend: dict[str, Any], path: str) -> list[Cause]:
    service = backend.get("service")
    if service is None:
        if backend.get("resource"):
            return []
        return [required(path, "port name or number is required")]
    port = service.get("port") or {}
    if not port.get("name") and not port.get("number"):
        return [required(path, "port name or number is required")]
    return []
