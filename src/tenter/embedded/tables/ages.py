"""Times and durations as kubectl writes them."""

from __future__ import annotations

from tenter.embedded.timestamps import parse_time

UNKNOWN = "<unknown>"
"""What is shown of a time that nobody knows."""


def age(since: str | None, now: float) -> str:
    """Return the time since an RFC 3339 time as kubectl writes it: ``5s``, ``3m20s``, ``2d``."""
    start = parse_time(since)
    if start is None:
        return UNKNOWN
    return duration(now - start)


def duration(seconds: float) -> str:
    """Return ``seconds`` as kubectl writes a duration, coarser the longer it is."""
    if seconds <= -2:
        return "<invalid>"  # clocks may differ by less than that
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 365 * 8:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(first: int, unit: str, second: int, subunit: str) -> str:
    return f"{first}{unit}{second}{subunit}" if second else f"{first}{unit}"
