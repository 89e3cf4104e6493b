"""Ingresses."""

from __future__ import annotations

import ipaddress
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import between
from tenter.manifests import Manifest

_STRANGE = ("//", "/./", "/../", "%2f", "%2F")
_STRANGE_ENDS = ("/..", "/.")


def ingress_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with an Ingress."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    rules = spec.get("rules") or ()
    if not rules and "defaultBackend" not in spec:
        why = "either `defaultBackend` or `rules` must be specified"
        causes.append(invalid("spec", None, why))
    if "defaultBackend" in spec:
        causes += _backend_causes(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(rules):
        causes += _rule_causes(rule, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.get("tls") or ()):
        causes += _tls_causes(tls, f"spec.tls[{index}]")
    class_name = spec.get("ingressClassName")
    if class_name is not None:
        why_not = names.subdomain(class_name)
        causes += [invalid("spec.ingressClassName", class_name, why) for why in why_not]
    return causes


def _rule_causes(rule: dict[str, Any], path: str) -> list[Cause]:
    causes: list[Cause] = []
    host = rule.get("host") or ""
    if host:
        if _is_address(host):
            why = "must be a DNS name, not an IP address"
            causes.append(invalid(f"{path}.host", host, why))
        causes += [invalid(f"{path}.host", host, why) for why in _host_faults(host)]
    http = rule.get("http")
    if http is None:
        return causes
    if not http.get("paths"):
        causes.append(required(f"{path}.http.paths"))
    for index, entry in enumerate(http.get("paths") or ()):
        causes += _path_causes(entry, f"{path}.http.paths[{index}]")
    return causes


def _tls_causes(tls: dict[str, Any], path: str) -> list[Cause]:
    causes = [
        invalid(f"{path}.hosts[{index}]", host, why)
        for index, host in enumerate(tls.get("hosts") or ())
        for why in _host_faults(host)
    ]
    secret = tls.get("secretName")
    if secret:
        causes += [invalid(f"{path}.secretName", secret, why) for why in names.subdomain(secret)]
    return causes


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host_faults(host: str) -> tuple[str, ...]:
    if "*" not in host:
        return names.subdomain(host)
    return names.wildcard(host)


def _path_causes(entry: dict[str, Any], path: str) -> list[Cause]:
    """Judge one path; which types there are is the schema's matter."""
    kind = entry.get("pathType")
    if kind is None:
        return [required(f"{path}.pathType", "pathType must be specified")]
    causes: list[Cause] = []
    text = entry.get("path") or ""
    strict = kind in {"Exact", "Prefix"}
    if (strict or (text and kind == "ImplementationSpecific")) and not text.startswith("/"):
        causes.append(invalid(f"{path}.path", text, "must be an absolute path"))
    if strict:
        causes += [
            invalid(f"{path}.path", text, f"must not contain '{part}'")
            for part in _STRANGE
            if part in text
        ]
        causes += [
            invalid(f"{path}.path", text, f"cannot end with '{end}'")
            for end in _STRANGE_ENDS
            if text.endswith(end)
        ]
    return causes + _backend_causes(entry.get("backend") or {}, f"{path}.backend")


def _backend_causes(backend: dict[str, Any], path: str) -> list[Cause]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return []
    if service is None:
        return [invalid(path, "", "resource or service backend is required")]
    causes: list[Cause] = []
    name = service.get("name")
    where = f"{path}.service"
    if not name:
        causes.append(required(f"{where}.name"))
    else:
        causes += [invalid(f"{where}.name", name, why) for why in names.label(name)]
    port = service.get("port") or {}
    if port.get("name") and port.get("number"):
        causes.append(invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        text = port["name"]
        causes += [invalid(f"{where}.port.name", text, why) for why in names.port_name(text)]
    elif port.get("number"):
        causes += between(1, 65535, port, "number", f"{where}.port")
    else:
        causes.append(required(path, "port name or number is required"))
    return causes
