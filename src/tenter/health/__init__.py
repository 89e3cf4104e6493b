"""Is an object healthy? Built-in checks by kind, and verdicts of custom ones."""

from tenter.health.verdict import Health, HealthStatus

__all__ = ["Health", "HealthStatus"]
