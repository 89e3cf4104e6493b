"""Health of HorizontalPodAutoscalers.

Their conditions say whether they can read the scale, read the metrics and act. A failure to do
either counts before a success, whatever the order in which the conditions stand.
"""

from __future__ import annotations

import json
from typing import Any

from tenter.health.fields import items_at, mapping_at, text_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest

_V1_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"

_WITHIN_LIMITS = frozenset({"DesiredWithinRange", "TooFewReplicas", "TooManyReplicas"})
_ORDER = ("ScalingLimited", "ScalingActive", "AbleToScale")
"""Whose message tells most of an autoscaler that fares well."""


def autoscaler_health(autoscaler: Manifest) -> Health:
    """Judge a HorizontalPodAutoscaler of any version."""
    conditions = _conditions(autoscaler)
    for condition in conditions:
        if _fails(condition):
            return Health(HealthStatus.DEGRADED, text_at(condition, "message"))
    if any(map(_acts, conditions)):
        return Health(HealthStatus.HEALTHY, _telling(conditions))
    return Health(HealthStatus.PROGRESSING, "waiting to autoscale")


def _conditions(autoscaler: Manifest) -> list[dict[str, Any]]:
    """Return the conditions; ``autoscaling/v1`` has them as JSON in an annotation."""
    if found := items_at(autoscaler, "status", "conditions"):
        return found
    text = mapping_at(autoscaler, "metadata", "annotations").get(_V1_CONDITIONS)
    if not isinstance(text, str):
        return []
    try:
        return items_at({"conditions": json.loads(text)}, "conditions")
    except (ValueError, RecursionError):
        return []


def _fails(condition: dict[str, Any]) -> bool:
    return condition.get("status") != "True" and (
        text_at(condition, "type") in {"AbleToScale", "ScalingActive"}
        and text_at(condition, "reason").startswith(("Failed", "Invalid"))
    )


def _acts(condition: dict[str, Any]) -> bool:
    kind = text_at(condition, "type")
    if condition.get("status") == "True":
        return kind in {"AbleToScale", "ScalingLimited"}
    return kind == "ScalingLimited" and text_at(condition, "reason") in _WITHIN_LIMITS


def _telling(conditions: list[dict[str, Any]]) -> str:
    """Return the message that tells most: why it is limited or idle before that it is able."""
    by_type = {text_at(each, "type"): text_at(each, "message") for each in conditions}
    return next((by_type[kind] for kind in _ORDER if by_type.get(kind)), "")
