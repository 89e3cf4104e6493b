"""Is an object healthy? Built-in checks by kind, and verdicts of custom ones."""

from tenter.health.assessment import Scripts, assess, has_check, judge
from tenter.health.overview import counted, overall
from tenter.health.pods import failure_message, waiting_reason
from tenter.health.settling import STANDING_TIME, settled
from tenter.health.verdict import Health, HealthStatus

__all__ = [
    "STANDING_TIME",
    "Health",
    "HealthStatus",
    "Scripts",
    "assess",
    "counted",
    "failure_message",
    "has_check",
    "judge",
    "overall",
    "settled",
    "waiting_reason",
]
