"""A container's environment: what its manifest declares, and what Kubernetes adds. Pure.

Source of the rules: the Pod API (v1): ``envFrom`` before ``env``, later before earlier, ``$(NAME)``
expanded from what is defined before and ``$$`` for a plain dollar; and the documentation of
Services on the variables of each Service of the namespace.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tenter.embedded.node.behaviour import CannotStart
from tenter.manifests import Manifest

_REFERENCE = re.compile(r"\$(\$|\(([^()$]+)\))")
_FIELD = re.compile(r"^metadata\.(labels|annotations)\['([^']+)'\]$")
_NAME = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")

Lookup = Callable[[str, str], Manifest | None]
"""Finds a ``ConfigMap`` or ``Secret`` by kind and name in the Pod's namespace."""


class Address(msgspec.Struct, frozen=True):
    """Where a Service is reached: a host and the port there of each of its ports."""

    host: str
    ports: Mapping[int, int]


def expand(text: str, known: Mapping[str, str]) -> str:
    """Return ``text`` with each ``$(NAME)`` that is known replaced; ``$$(NAME)`` stays plain."""

    def replace(found: re.Match[str]) -> str:
        if found[1] == "$":
            return "$"
        return known.get(found[2], found[0])

    return _REFERENCE.sub(replace, text)


def data_of(manifest: Manifest) -> dict[str, bytes]:
    """Return the entries of a ConfigMap or Secret."""
    if manifest.get("kind") == "Secret":
        entries = manifest.get("data") or {}
        return {name: base64.b64decode(text) for name, text in entries.items()}
    data = {name: text.encode() for name, text in (manifest.get("data") or {}).items()}
    for name, text in (manifest.get("binaryData") or {}).items():
        data[name] = base64.b64decode(text)
    return data


def environment_of(
    pod: Manifest,
    container: Manifest,
    lookup: Lookup,
    *,
    base: Mapping[str, str],
    addresses: Mapping[str, str],
) -> dict[str, str]:
    """Return the variables of ``container``: those of ``base``, then all it declares.

    ``addresses`` are ``podIP`` and ``hostIP``. Raises CannotStart (CreateContainerConfigError)
    where a ConfigMap, a Secret or a key of one is missing and not optional.
    """
    result = dict(base)
    for source in container.get("envFrom") or ():
        result |= _from_all(source, lookup)
    for entry in container.get("env") or ():
        origin = entry.get("valueFrom")
        if origin is None:
            result[entry["name"]] = expand(entry.get("value") or "", result)
            continue
        value = _from(pod, container, origin, lookup, addresses)
        if value is not None:
            result[entry["name"]] = value
    return result


def _from_all(source: dict[str, Any], lookup: Lookup) -> dict[str, str]:
    for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        reference = source.get(field)
        if reference is None:
            continue
        found = _find(kind, reference, lookup)
        prefix = source.get("prefix", "")
        return {
            prefix + name: value.decode(errors="replace")
            for name, value in data_of(found or {}).items()
            if _NAME.match(prefix + name)
        }
    return {}


def _find(kind: str, reference: dict[str, Any], lookup: Lookup) -> Manifest | None:
    name = reference.get("name", "")
    found = lookup(kind, name)
    if found is None and not reference.get("optional"):
        raise CannotStart("CreateContainerConfigError", f'{kind.lower()} "{name}" not found')
    return found


def _from(
    pod: Manifest,
    container: Manifest,
    origin: dict[str, Any],
    lookup: Lookup,
    addresses: Mapping[str, str],
) -> str | None:
    for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        reference = origin.get(field)
        if reference is None:
            continue
        found = _find(kind, reference, lookup)
        value = data_of(found or {}).get(reference["key"])
        if value is None:
            if reference.get("optional"):
                return None
            raise CannotStart(
                "CreateContainerConfigError",
                f"couldn't find key {reference['key']} in {kind} "
                f"{pod['metadata']['namespace']}/{reference.get('name', '')}",
            )
        return value.decode(errors="replace")
    if "fieldRef" in origin:
        return field_of(pod, origin["fieldRef"]["fieldPath"], addresses)
    if "resourceFieldRef" in origin:
        return resource_of(pod, container, origin["resourceFieldRef"])
    raise CannotStart(
        "CreateContainerConfigError", f"valueFrom {', '.join(origin)} is not supported by this node"
    )


def field_of(pod: Manifest, path: str, addresses: Mapping[str, str]) -> str:
    """Return the Pod's field that a ``fieldRef`` names. Raises CannotStart for others."""
    metadata, spec = pod["metadata"], pod["spec"]
    if match := _FIELD.match(path):
        return str((metadata.get(match[1]) or {}).get(match[2], ""))
    plain: dict[str, Any] = {
        "metadata.name": metadata.get("name"),
        "metadata.namespace": metadata.get("namespace"),
        "metadata.uid": metadata.get("uid"),
        "spec.nodeName": spec.get("nodeName"),
        "spec.serviceAccountName": spec.get("serviceAccountName", "default"),
        "status.podIP": addresses["podIP"],
        "status.podIPs": addresses["podIP"],
        "status.hostIP": addresses["hostIP"],
        "status.hostIPs": addresses["hostIP"],
    }
    if path in {"metadata.labels", "metadata.annotations"}:
        entries = metadata.get(path.partition(".")[2]) or {}
        return "\n".join(f'{name}="{text}"' for name, text in sorted(entries.items()))
    if path not in plain:
        raise CannotStart("CreateContainerConfigError", f"the field {path} cannot be given")
    return str(plain[path] or "")


_UNITS = {
    "": 1.0,
    "m": 1e-3,
    **{unit: 1000.0**power for power, unit in enumerate(("k", "M", "G", "T", "P"), 1)},
    **{unit: 1024.0**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)},
}


def resource_of(pod: Manifest, container: Manifest, reference: dict[str, Any]) -> str:
    """Return a container's limit or request as a ``resourceFieldRef`` asks; 0 where none is set."""
    name = reference.get("containerName")
    if name:
        container = next((each for each in pod["spec"]["containers"] if each["name"] == name), {})
    kind, _, resource = reference.get("resource", "").partition(".")
    amounts = (container.get("resources") or {}).get(kind) or {}
    divisor = _quantity(str(reference.get("divisor") or 1)) or 1.0
    # Whole units, rounded up, as the API documents.
    return str(-int(-_quantity(str(amounts.get(resource, 0))) // divisor))


def _quantity(text: str) -> float:
    match = re.match(r"^([0-9.]+)([a-zA-Z]*)$", text)
    return float(match[1]) * _UNITS.get(match[2], 1.0) if match else 0.0


def service_variables(services: Sequence[tuple[Manifest, Address]]) -> dict[str, str]:
    """Return the variables that tell where Services are: ``SHOP_SERVICE_HOST``, ``SHOP_PORT``."""
    result: dict[str, str] = {}
    for service, address in services:
        name = service["metadata"]["name"].upper().replace("-", "_")
        ports = (service.get("spec") or {}).get("ports") or ()
        if not ports:
            continue
        result[f"{name}_SERVICE_HOST"] = address.host
        for number, port in enumerate(ports):
            actual = address.ports.get(port["port"], port["port"])
            protocol = port.get("protocol", "TCP")
            url = f"{protocol.lower()}://{address.host}:{actual}"
            if number == 0:
                result[f"{name}_SERVICE_PORT"] = str(actual)
                result[f"{name}_PORT"] = url
            if port.get("name"):
                label = port["name"].upper().replace("-", "_")
                result[f"{name}_SERVICE_PORT_{label}"] = str(actual)
            prefix = f"{name}_PORT_{port['port']}_{protocol}"
            result[prefix] = url
            result[f"{prefix}_PROTO"] = protocol.lower()
            result[f"{prefix}_PORT"] = str(actual)
            result[f"{prefix}_ADDR"] = address.host
    return result
