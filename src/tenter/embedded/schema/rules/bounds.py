"""Numbers within bounds, in the words of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid


def at_least(least: int, holder: Mapping[str, Any], field: str, path: str) -> list[Cause]:
    """Return a cause where ``field`` is there and less than ``least``."""
    value = holder.get(field)
    if value is None or value >= least:
        return []
    return [invalid(f"{path}.{field}", value, f"must be greater than or equal to {least}")]


def between(least: int, most: int, holder: Mapping[str, Any], field: str, path: str) -> list[Cause]:
    """Return a cause where ``field`` is there and not from ``least`` to ``most``."""
    value = holder.get(field)
    if value is None or least <= value <= most:
        return []
    return [invalid(f"{path}.{field}", value, f"must be between {least} and {most}, inclusive")]


def unchanged(old: Mapping[str, Any], new: Mapping[str, Any], field: str, path: str) -> list[Cause]:
    """Return a cause where ``field`` differs between ``old`` and ``new``."""
    if old.get(field) == new.get(field):
        return []
    return [invalid(f"{path}.{field}" if path else field, new.get(field), "field is immutable")]
