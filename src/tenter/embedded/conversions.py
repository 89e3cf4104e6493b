"""The kinds that are served in two forms, and how one becomes the other.

Objects are stored in one form only: autoscalers as ``autoscaling/v2``, events as the core group's.
Whoever asks for the other one is shown it, and what they write is stored in the first. Pure.
Source: the API references of ``autoscaling/v1`` and ``events.k8s.io/v1``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.resources import ResourceType
from tenter.manifests.keys import Manifest

_CPU = ("spec", "targetCPUUtilizationPercentage")
_EVENT_FIELDS = {
    "note": "message",
    "regarding": "involvedObject",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
"""The fields of ``events.k8s.io/v1`` that the core group calls by another name."""


def is_converted(resource: ResourceType) -> bool:
    """Tell whether the objects of ``resource`` are stored in another form."""
    return resource.api_version in _FORMS


def stored_form(resource: ResourceType, given: Manifest, live: Manifest | None = None) -> Manifest:
    """Return an object of ``resource`` as it is stored.

    ``live`` is the stored object that it is a new state of: what the form that was given cannot
    say stays as it is there.
    """
    convert, api_version = _FORMS[resource.api_version]
    if given.get("apiVersion", resource.api_version) != resource.api_version:
        return given  # refused as any object of another kind
    return convert({**given, "apiVersion": api_version}, live or {})


def shown_form(resource: ResourceType, stored: Manifest) -> Manifest:
    """Return a stored object as ``resource`` shows it."""
    shown = {**stored, "apiVersion": resource.api_version}
    back = _BACK.get(resource.api_version)
    return back(shown) if back is not None and not resource.custom else shown


def stored_selector(resource: ResourceType, text: str) -> str:
    """Return a field selector as it reads for the stored form."""
    if resource.api_version != "events.k8s.io/v1":
        return text
    return text.replace("regarding.", "involvedObject.").replace(
        "reportingController", "reportingComponent"
    )


def _scaler_as_v2(given: Manifest, live: Manifest) -> Manifest:
    spec = {**(given.get("spec") or {})}
    share = spec.pop(_CPU[1], None)
    before = live.get("spec") or {}
    metrics = [each for each in before.get("metrics") or () if not _is_cpu(each)]
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        metrics.insert(0, {"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    if "behavior" in before:
        spec.setdefault("behavior", before["behavior"])
    stored = {**given, "spec": spec}
    if "status" in given:
        status = {**given["status"]}
        share = status.pop("currentCPUUtilizationPercentage", None)
        kept = live.get("status") or {}
        current = [each for each in kept.get("currentMetrics") or () if not _is_cpu(each)]
        if share is not None:
            now = {"averageUtilization": share}
            current.insert(0, {"type": "Resource", "resource": {"name": "cpu", "current": now}})
        stored["status"] = {**status, "currentMetrics": current or None}
        if "conditions" in kept:
            stored["status"].setdefault("conditions", kept["conditions"])
    return stored


def _scaler_as_v1(stored: Manifest) -> Manifest:
    spec = {**(stored.get("spec") or {})}
    spec.pop("behavior", None)
    for metric in spec.pop("metrics", None) or ():
        if _is_cpu(metric):
            share = metric["resource"].get("target", {}).get("averageUtilization")
            if share is not None:
                spec[_CPU[1]] = share
    shown = {**stored, "spec": spec}
    if "status" in stored:
        status = {**stored["status"]}
        status.pop("conditions", None)
        for metric in status.pop("currentMetrics", None) or ():
            used = metric["resource"].get("current", {}) if _is_cpu(metric) else {}
            if used.get("averageUtilization") is not None:
                status["currentCPUUtilizationPercentage"] = used["averageUtilization"]
        shown["status"] = status
    return shown


def _is_cpu(metric: dict[str, Any]) -> bool:
    return (metric.get("resource") or {}).get("name") == "cpu"


def _event_as_core(given: Manifest, _live: Manifest) -> Manifest:
    return {_EVENT_FIELDS.get(field, field): value for field, value in given.items()}


def _event_as_events(stored: Manifest) -> Manifest:
    names = {core: field for field, core in _EVENT_FIELDS.items()}
    return {names.get(field, field): value for field, value in stored.items()}


_FORMS: dict[str, tuple[Callable[[Manifest, Manifest], Manifest], str]] = {
    "autoscaling/v1": (_scaler_as_v2, "autoscaling/v2"),
    "events.k8s.io/v1": (_event_as_core, "v1"),
}
"""By API version: how its objects are stored, and as which version."""
_BACK: dict[str, Callable[[Manifest], Manifest]] = {
    "autoscaling/v1": _scaler_as_v1,
    "events.k8s.io/v1": _event_as_events,
}
