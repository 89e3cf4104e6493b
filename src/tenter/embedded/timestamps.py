"""Times as Kubernetes writes them: RFC 3339, UTC, whole seconds.

The API keeps no fractions (``metav1.Time``), so whatever is computed from a stored time may be up
to a second off; who computes a deadline decides which way to err. It must not know a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime


def format_time(seconds: float) -> str:
    """Return Unix ``seconds`` as ``2026-01-31T08:30:00Z``, the fraction cut off."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_micro_time(seconds: float) -> str:
    """Return ``2026-01-02T03:04:05.000006Z``, as Kubernetes writes a MicroTime."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str | None) -> float | None:
    """Return the Unix seconds of an RFC 3339 time, or None where there is none to read."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
