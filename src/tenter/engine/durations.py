"""Durations as users write them (``90s``, ``1h30m``, bare seconds) and as messages show them."""

from __future__ import annotations

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")


def read_duration(text: str) -> float | None:
    """Return the seconds that ``text`` means, or None where it is no duration.

    Bare integers are seconds, as in an Application's ``retry.backoff``.
    """
    text = text.strip()
    if text.isdigit():
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def write_duration(seconds: float) -> str:
    """Return ``seconds`` in the shortest exact form: ``1h30m``, ``90s`` as ``1m30s``, ``0.5s``."""
    whole = int(seconds)
    if seconds != whole:
        return f"{seconds:g}s"
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "m"), (secs, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
