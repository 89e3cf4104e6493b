"""Moments in time, for people and for data. Pure: the zone is UTC, as in Kubernetes."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> str:
    """Return Unix ``seconds`` in RFC 3339, such as ``2026-01-31T09:30:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
