"""Pods and pod templates: what a pod spec must say, and what of a Pod may change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tenter.embedded.schema.causes import Cause, Fault, duplicate, forbidden, invalid, required
from tenter.embedded.schema.causes import written as _written
from tenter.embedded.schema.quantities import quantity
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import between
from tenter.embedded.schema.rules.metadata import annotation_causes, label_causes
from tenter.embedded.schema.rules.probes import probe_causes
from tenter.embedded.schema.rules.tolerations import toleration_causes
from tenter.manifests import Manifest


def pod_causes(pod: Manifest) -> list[Cause]:
    """Return what is wrong with a Pod."""
    return pod_spec_causes(pod.get("spec") or {}, "spec")


def template_causes(template: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the pod template at ``path``."""
    metadata = template.get("metadata") or {}
    causes = label_causes(metadata.get("labels") or {}, f"{path}.labels")
    causes += annotation_causes(metadata.get("annotations") or {}, f"{path}.annotations")
    return causes + pod_spec_causes(template.get("spec") or {}, f"{path}.spec")


def pod_spec_causes(spec: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the pod spec at ``path``."""
    causes: list[Cause] = []
    volumes = spec.get("volumes") or ()
    if volumes:
        causes += _volume_causes(volumes, f"{path}.volumes")
    mountable = {volume.get("name") for volume in volumes}
    taken: set[str] = set()
    for group in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(group) or ()):
            where = f"{path}.{group}[{index}]"
            name = container.get("name") or ""
            if name in taken:
                causes.append(duplicate(f"{where}.name", name))
            taken.add(name)
            causes += _container_causes(container, mountable, where)
    if "nodeSelector" in spec:
        causes += label_causes(spec["nodeSelector"], f"{path}.nodeSelector")
    causes += toleration_causes(spec.get("tolerations") or (), f"{path}.tolerations")
    causes += _user_causes(spec.get("securityContext") or {}, f"{path}.securityContext")
    causes += between(1, 2**31 - 1, spec, "activeDeadlineSeconds", path)
    for field, judge in (
        ("serviceAccountName", names.subdomain),
        ("hostname", names.label),
        ("subdomain", names.label),
    ):
        value = spec.get(field)
        if value:
            causes += [invalid(f"{path}.{field}", value, why) for why in judge(value)]
    return causes


def _user_causes(context: dict[str, Any], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for field in ("fsGroup", "runAsGroup", "runAsUser"):
        causes += between(0, 2**31 - 1, context, field, path)
    return causes


def _volume_causes(volumes: Iterable[dict[str, Any]], path: str) -> list[Cause]:
    causes: list[Cause] = []
    taken: set[str] = set()
    for index, volume in enumerate(volumes):
        where = f"{path}[{index}]"
        name = volume.get("name") or ""
        causes += [invalid(f"{where}.name", name, why) for why in names.label(name) if name]
        if name in taken:
            causes.append(duplicate(f"{where}.name", name))
        taken.add(name)
        sources = [source for source in volume if source != "name"]
        if not sources:
            causes.append(required(where, "must specify a volume type"))
        causes += [
            forbidden(f"{where}.{source}", "may not specify more than 1 volume type")
            for source in sources[1:]
        ]
    return causes


def _container_causes(container: dict[str, Any], mountable: set[Any], path: str) -> list[Cause]:
    causes: list[Cause] = []
    name = container.get("name")
    if name:
        causes += [invalid(f"{path}.name", name, why) for why in names.label(name)]
    image = container.get("image")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image != image.strip() and not path.startswith("spec.template"):
        why = "must not have leading or trailing whitespace"
        causes.append(invalid(f"{path}.image", image, why))
    causes += probe_causes(container, path)
    causes += _user_causes(container.get("securityContext") or {}, f"{path}.securityContext")
    port_names: list[str] = []
    for index, port in enumerate(container.get("ports") or ()):
        causes += _port_causes(port, f"{path}.ports[{index}]")
        if port.get("name") in port_names:
            causes.append(duplicate(f"{path}.ports[{index}].name", port["name"]))
        port_names += [port["name"]] if port.get("name") else []
    for index, variable in enumerate(container.get("env") or ()):
        causes += _variable_causes(variable, f"{path}.env[{index}]")
    places: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        where = f"{path}.volumeMounts[{index}]"
        if mount.get("name") and mount["name"] not in mountable:
            message = f"Not found: {_written(mount['name'])}"
            causes.append(Cause(Fault.NOT_FOUND, message, f"{where}.name"))
        if mount.get("mountPath") in places:
            causes.append(invalid(f"{where}.mountPath", mount["mountPath"], "must be unique"))
        places.add(mount.get("mountPath") or "")
    causes += _resource_causes(container.get("resources") or {}, f"{path}.resources")
    return causes


def _port_causes(port: dict[str, Any], path: str) -> list[Cause]:
    number = port.get("containerPort")
    causes = between(1, 65535, port, "containerPort", path) if number else []
    if port.get("hostPort"):
        causes += between(1, 65535, port, "hostPort", path)
    if port.get("name"):
        causes += [
            invalid(f"{path}.name", port["name"], why) for why in names.port_name(port["name"])
        ]
    return causes


def _variable_causes(variable: dict[str, Any], path: str) -> list[Cause]:
    name = variable.get("name") or ""
    causes = [invalid(f"{path}.name", name, w) for w in names.environment_name(name) if name]
    if "valueFrom" not in variable:
        return causes
    if variable.get("value"):
        why = "may not be specified when `value` is not empty"
        causes.append(invalid(f"{path}.valueFrom", "", why))
    sources = len(variable["valueFrom"])
    if sources == 0:
        why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or"
        causes.append(invalid(f"{path}.valueFrom", "", f"{why} `secretKeyRef`"))
    elif sources > 1:
        why = "may not have more than one field specified at a time"
        causes.append(invalid(f"{path}.valueFrom", "", why))
    return causes


def _resource_causes(resources: dict[str, Any], path: str) -> list[Cause]:
    causes: list[Cause] = []
    limits = resources.get("limits") or {}
    requests = resources.get("requests") or {}
    for side, amounts in (("limits", limits), ("requests", requests)):
        for kind, value in amounts.items():
            amount = quantity(value)
            if amount is not None and amount < 0:
                why = "must be greater than or equal to 0"
                causes.append(invalid(f"{path}.{side}[{kind}]", value, why))
    for kind, value in requests.items():
        asked, limit = quantity(value), quantity(limits.get(kind))
        if asked is not None and limit is not None and asked > limit:
            why = f"must be less than or equal to {kind} limit of {limits[kind]}"
            causes.append(invalid(f"{path}.requests", str(value), why))
    return causes
