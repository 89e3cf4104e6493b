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


def autoscaler_health(autoscaler: Manifest) -> Health:
    """Judge a HorizontalPodAutoscaler of any version."""
    conditions = _conditions(autoscaler)
    for condition in conditions:
        if _fails(condition):
            return Health(HealthStatus.DEGRADED, text_at(condition, "message"))
    for condition in conditions:
        if _acts(condition):
            return Health(HealthStatus.HEALTHY, text_at(condition, "message"))
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
    kind, reason = text_at(condition, "type"), text_at(condition, "reason")
    return (kind == "ScalingLimited" and reason in _WITHIN_LIMITS) or (
        kind == "AbleToScale" and reason == "SucceededRescale"
    )
