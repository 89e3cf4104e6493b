"""Rules that a schema itself states: required fields, closed sets of values, bounds and patterns.

For custom kinds they are all there is. For built-in kinds the schemas tell what is required; the
closed sets are the table here. A part of an object without any such rule is not looked into.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from tenter.embedded.schema.causes import (
    Cause,
    Fault,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    written,
)
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_TRAFFIC = ("Cluster", "Local")
_RETENTION = ("Delete", "Retain")
_OPERATORS = ("DoesNotExist", "Exists", "In", "NotIn")

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("core.v1.PodSpec", "restartPolicy"): ("Always", "Never", "OnFailure"),
    ("core.v1.PodSpec", "dnsPolicy"): (
        "ClusterFirst",
        "ClusterFirstWithHostNet",
        "Default",
        "None",
    ),
    ("core.v1.PodSpec", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("core.v1.Container", "imagePullPolicy"): ("Always", "IfNotPresent", "Never"),
    ("core.v1.Container", "terminationMessagePolicy"): ("FallbackToLogsOnError", "File"),
    ("core.v1.ContainerPort", "protocol"): _PROTOCOLS,
    ("core.v1.HTTPGetAction", "scheme"): ("HTTP", "HTTPS"),
    ("core.v1.Toleration", "effect"): ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    ("core.v1.Toleration", "operator"): ("Equal", "Exists", "Gt", "Lt"),
    ("core.v1.ServiceSpec", "type"): ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    ("core.v1.ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    ("core.v1.ServiceSpec", "externalTrafficPolicy"): _TRAFFIC,
    ("core.v1.ServiceSpec", "internalTrafficPolicy"): _TRAFFIC,
    ("core.v1.ServicePort", "protocol"): _PROTOCOLS,
    ("core.v1.EndpointPort", "protocol"): _PROTOCOLS,
    ("core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): (
        "Delete",
        "Recycle",
        "Retain",
    ),
    ("core.v1.PersistentVolumeSpec", "volumeMode"): ("Block", "Filesystem"),
    ("core.v1.PersistentVolumeClaimSpec", "volumeMode"): ("Block", "Filesystem"),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted"): _RETENTION,
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled"): _RETENTION,
    ("policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): (
        "AlwaysAllow",
        "IfHealthyBudget",
    ),
    ("batch.v1.JobSpec", "completionMode"): ("Indexed", "NonIndexed"),
    ("batch.v1.JobSpec", "podReplacementPolicy"): ("Failed", "TerminatingOrFailed"),
    ("batch.v1.CronJobSpec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace"),
    ("networking.v1.HTTPIngressPath", "pathType"): ("Exact", "ImplementationSpecific", "Prefix"),
    ("networking.v1.NetworkPolicyPort", "protocol"): _PROTOCOLS,
    ("meta.v1.LabelSelectorRequirement", "operator"): _OPERATORS,
    ("rbac.v1.Subject", "kind"): ("Group", "ServiceAccount", "User"),
    ("storage.v1.StorageClass", "reclaimPolicy"): ("Delete", "Recycle", "Retain"),
    ("storage.v1.StorageClass", "volumeBindingMode"): ("Immediate", "WaitForFirstConsumer"),
    ("apiextensions.v1.CustomResourceDefinitionSpec", "scope"): ("Cluster", "Namespaced"),
    ("apiextensions.v1.CustomResourceConversion", "strategy"): ("None", "Webhook"),
}

_PLAINLY_INVALID = {("meta.v1.LabelSelectorRequirement", "operator")}
"""Closed sets outside of which a value is invalid, rather than not supported."""

_TOLD_OTHERWISE = {
    ("apps.v1.DaemonSetSpec", "selector"),
    ("meta.v1.LabelSelectorRequirement", "key"),
    ("meta.v1.LabelSelectorRequirement", "operator"),
    ("rbac.v1.RoleRef", "apiGroup"),
    ("rbac.v1.RoleRef", "kind"),
}
"""Required fields whose absence is told as something else."""

_Found: TypeAlias = list[Cause]
_Judge: TypeAlias = Callable[[Any, str, _Found], None]


def structure_causes(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return what of ``obj`` breaks the rules its type states; metadata is not looked at.

    Nor is a built-in kind's status, which only controllers write. Values are of the right types.
    """
    found: _Found = [required(name) for name in _missing(obj, type_)]
    for name, field in type_.fields.items():
        if name == "metadata" or (type_.built_in and name == "status"):
            continue
        value = _present(obj.get(name), field)
        if value is None:
            continue
        choices = CHOICES.get((type_.name, name)) if type_.built_in else None
        if choices and value not in choices:
            found.append(not_supported(name, value, choices))
        judge = _judge(field)
        if judge is not None:
            judge(value, name, found)
    return found


def _judge(type_: Type) -> _Judge | None:
    """Return what judges values of ``type_``, None where there is nothing to judge."""
    if type_.judge is msgspec.UNSET:
        # Types that contain themselves are only schemas of schemas, judged by no rule of theirs.
        type_.judge = None
        type_.judge = _work_out(type_)
    judge: _Judge | None = type_.judge
    return judge


def _work_out(type_: Type) -> _Judge | None:
    own = _checks(type_) if type_.checks else None
    below: _Judge | None = None
    if type_.shape is Shape.OBJECT:
        below = _object(type_)
    elif type_.element is not None:
        below = _elements(type_, _judge(type_.element))
    if own is None or below is None:
        return own or below

    def both(value: Any, path: str, found: _Found) -> None:
        own(value, path, found)
        below(value, path, found)

    return both


def _object(type_: Type) -> _Judge | None:
    choices = [
        (name, CHOICES[type_.name, name])
        for name in type_.fields
        if type_.built_in and (type_.name, name) in CHOICES
    ]
    fields = [
        (name, judge)
        for name, field in type_.fields.items()
        if (judge := _judge(field)) is not None
    ]
    if not type_.required and not choices and not fields:
        return None

    def judge_object(value: Any, path: str, found: _Found) -> None:
        found.extend(required(f"{path}.{name}") for name in _missing(value, type_))
        for name, allowed in choices:
            item = value.get(name)
            if (type_.name, name) not in _PLAINLY_INVALID and item and item not in allowed:
                found.append(not_supported(f"{path}.{name}", item, allowed))
            elif (type_.name, name) in _PLAINLY_INVALID and item not in allowed:
                why = "not a valid selector operator"
                found.append(invalid(f"{path}.{name}", item or "", why))
        for name, judge in fields:
            item = _present(value.get(name), type_.fields[name])
            if item is not None:
                judge(item, f"{path}.{name}", found)

    return judge_object


def _present(value: Any, type_: Type) -> Any:
    """Return ``value``, or the empty struct that stands for a missing one in Kubernetes' types."""
    return {} if value is None and _stands(type_) else value


def _stands(type_: Type) -> bool:
    return type_.by_value and type_.shape is Shape.OBJECT


def _elements(type_: Type, judge: _Judge | None) -> _Judge | None:
    distinct = not type_.built_in and (type_.unique or bool(type_.keys))
    if judge is None and not distinct:
        return None

    def judge_elements(value: Any, path: str, found: _Found) -> None:
        if distinct:
            found.extend(_duplicates(value, type_, path))
        if judge is None:
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                judge(item, f"{path}[{index}]", found)
        else:
            for name, item in value.items():
                judge(item, f"{path}.{name}", found)

    return judge_elements


def _missing(value: Mapping[str, Any], type_: Type) -> list[str]:
    if type_.built_in:
        # A built-in kind's fields are there once decoded: what counts is whether they are empty.
        return [
            name
            for name in type_.required
            if value.get(name) in (None, "", [])
            and not _stands(type_.fields[name])
            and (type_.name, name) not in _TOLD_OTHERWISE
        ]
    return [name for name in type_.required if name not in value]


def _duplicates(items: list[Any], type_: Type, path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: list[Any] = []
    for index, item in enumerate(items):
        key = (
            {k: item.get(k) for k in type_.keys} if type_.keys and isinstance(item, dict) else item
        )
        if key in seen:
            causes.append(duplicate(f"{path}[{index}]", key))
        seen.append(key)
    return causes


def _checks(type_: Type) -> _Judge:
    checks = type_.checks

    def judge(value: Any, path: str, found: _Found) -> None:
        if value is None:
            return
        if "enum" in checks and value not in checks["enum"]:
            found.append(_outside(value, path, checks["enum"]))
        if isinstance(value, str):
            _text(value, path, checks, found)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            _number(value, path, checks, found)
        elif isinstance(value, list):
            _size(len(value), path, ("minItems", "maxItems", "items"), checks, found)
            if checks.get("uniqueItems"):
                found += _duplicates(value, Type(Shape.LIST), path)
        elif isinstance(value, dict):
            _size(len(value), path, ("minProperties", "maxProperties", "properties"), checks, found)
        _combinations(value, path, checks, found)

    return judge


def _outside(value: Any, path: str, allowed: list[Any]) -> Cause:
    return not_supported(
        path, value, [choice if isinstance(choice, str) else written(choice) for choice in allowed]
    )


def _text(value: str, path: str, checks: Mapping[str, Any], found: _Found) -> None:
    if len(value) < checks.get("minLength", 0):
        why = f"{path} in body should be at least {checks['minLength']} chars long"
        found.append(invalid(path, value, why))
    if "maxLength" in checks and len(value) > checks["maxLength"]:
        found.append(too_long(path, checks["maxLength"]))
    pattern = checks.get("pattern")
    if pattern and not _matches(pattern, value):
        found.append(invalid(path, value, f"{path} in body should match '{pattern}'"))


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return ``pattern`` compiled, None where it is written in a dialect that is not Python's."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _number(value: float, path: str, checks: Mapping[str, Any], found: _Found) -> None:
    low, high = checks.get("minimum"), checks.get("maximum")
    if low is not None and (value <= low if checks.get("exclusiveMinimum") else value < low):
        strict = "greater than" if checks.get("exclusiveMinimum") else "greater than or equal to"
        found.append(invalid(path, value, f"{path} in body should be {strict} {low}"))
    if high is not None and (value >= high if checks.get("exclusiveMaximum") else value > high):
        strict = "less than" if checks.get("exclusiveMaximum") else "less than or equal to"
        found.append(invalid(path, value, f"{path} in body should be {strict} {high}"))
    step = checks.get("multipleOf")
    if step and value % step:
        found.append(invalid(path, value, f"{path} in body should be a multiple of {step}"))


def _size(
    size: int, path: str, words: tuple[str, str, str], checks: Mapping[str, Any], found: _Found
) -> None:
    least, most, noun = words
    if size < checks.get(least, 0):
        found.append(
            invalid(path, size, f"{path} in body should have at least {checks[least]} {noun}")
        )
    if most in checks and size > checks[most]:
        message = f"Too many: {size}: must have at most {checks[most]} {noun}"
        found.append(Cause(Fault.TOO_MANY, message, path))


def _combinations(value: Any, path: str, checks: Mapping[str, Any], found: _Found) -> None:
    fitting = {
        word: [_fits(value, schema) for schema in checks.get(word, ())]
        for word in ("allOf", "anyOf", "oneOf")
    }
    shown = value if isinstance(value, (str, int, float)) else ""
    if fitting["allOf"] and not all(fitting["allOf"]):
        found.append(invalid(path, shown, f"{path} must validate all the schemas (allOf)"))
    if fitting["anyOf"] and not any(fitting["anyOf"]):
        found.append(invalid(path, shown, f"{path} must validate at least one schema (anyOf)"))
    if fitting["oneOf"] and sum(fitting["oneOf"]) != 1:
        many = "Found none valid" if not any(fitting["oneOf"]) else "Found more than one valid"
        why = f"{path} must validate one and only one schema (oneOf). {many}"
        found.append(invalid(path, shown, why))
    if "not" in checks and _fits(value, checks["not"]):
        found.append(invalid(path, shown, f"{path} must not validate the schema (not)"))


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether ``value`` fits a schema within a combination, which is no node of its own."""
    if "type" in schema and not _of_type(value, schema["type"]):
        return False
    if isinstance(value, dict):
        if any(name not in value for name in schema.get("required", ())):
            return False
        properties = schema.get("properties") or {}
        if not all(_fits(value[n], sub) for n, sub in properties.items() if n in value):
            return False
    items = schema.get("items")
    if isinstance(value, list) and items and not all(_fits(item, items) for item in value):
        return False
    node = Type(Shape.ANY)
    node.checks = dict(schema)
    found: _Found = []
    _checks(node)(value, "", found)
    return not found


def _of_type(value: Any, kind: str) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
    return isinstance(value, (int, float)) and not isinstance(value, bool)
