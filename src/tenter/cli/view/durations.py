"""How long something took or may yet take, for people."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return ``seconds`` as ``0.3 s``, ``12 s``, ``2 m 05 s`` or ``3 h 20 m``; never negative."""
    seconds = max(seconds, 0.0)
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m"
