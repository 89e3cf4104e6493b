"""Status conditions: set one, keep the rest, and its transition time where nothing turned."""

from __future__ import annotations

from typing import Any

from tenter.embedded.timestamps import format_time


def with_condition(
    conditions: list[dict[str, Any]],
    name: str,
    status: bool,
    *,
    reason: str,
    message: str,
    now: float,
    time_field: str = "lastUpdateTime",
    moves: bool = False,
) -> list[dict[str, Any]]:
    """Return ``conditions`` with the one of type ``name`` set; the given list stays as it is.

    ``lastTransitionTime`` moves only when ``status`` turns, as the API conventions ask.
    ``time_field`` is the kind's other time, which moves with any change (``lastUpdateTime`` of a
    Deployment, ``lastProbeTime`` of a Job; empty for kinds without one). ``moves``: one that
    changes becomes the last, as a Deployment's do.
    """
    word = "True" if status else "False"
    stamp = format_time(now)
    fresh = {
        "type": name,
        "status": word,
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp,
    }
    if time_field:
        fresh[time_field] = stamp
    result = []
    found = False
    for condition in conditions:
        if condition.get("type") != name:
            result.append(condition)
            continue
        found = True
        same = all(
            (condition.get(field) or "") == (fresh[field] or "")
            for field in ("status", "reason", "message")
        )
        if same:
            result.append(condition)
            continue
        if condition.get("status") == word and condition.get("lastTransitionTime"):
            fresh["lastTransitionTime"] = condition["lastTransitionTime"]
        if moves:
            found = False
        else:
            result.append(fresh)
    return result if found else [*result, fresh]


def without_condition(conditions: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return ``conditions`` without the one of type ``name``."""
    return [condition for condition in conditions if condition.get("type") != name]
