"""A verdict on an object's health: the status and why."""

from __future__ import annotations

import enum

import msgspec


class HealthStatus(enum.StrEnum):
    """How an object fares, in Argo CD's words, from best to worst."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


class Health(msgspec.Struct, frozen=True):
    """A status, and a message for a person: which container, which condition, how many of what."""

    status: HealthStatus
    message: str = ""
