"""Health of what extends the API: CustomResourceDefinitions and APIServices."""

from __future__ import annotations

from tenter.health.fields import conditions_of, is_false, is_true, text_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest


def definition_health(definition: Manifest) -> Health:
    """Judge a CustomResourceDefinition: its names are accepted and its kind is served.

    A definition not yet established is on its way, as the API server makes it so in a moment;
    only refused names or a schema that breaks the rules are failures.
    """
    conditions = conditions_of(definition)
    if is_true(conditions.get("Terminating")):
        return Health(HealthStatus.PROGRESSING, "the definition is being deleted")
    names = conditions.get("NamesAccepted")
    if is_false(names):
        message = text_at(names, "message")
        return Health(HealthStatus.DEGRADED, f"its names are not accepted: {message}")
    schema = conditions.get("NonStructuralSchema")
    if is_true(schema):
        message = text_at(schema, "message")
        return Health(HealthStatus.DEGRADED, f"its schema is not structural: {message}")
    if is_true(conditions.get("Established")):
        return Health(HealthStatus.HEALTHY)
    message = text_at(conditions.get("Established"), "message")
    return Health(HealthStatus.PROGRESSING, message or "waiting to be established")


def api_service_health(api_service: Manifest) -> Health:
    """Judge an APIService: its backend answers."""
    available = conditions_of(api_service).get("Available")
    parts = (text_at(available, "reason"), text_at(available, "message"))
    message = ": ".join(part for part in parts if part)
    if is_true(available):
        return Health(HealthStatus.HEALTHY, message)
    return Health(HealthStatus.PROGRESSING, message or "waiting to be available")
