"""How Deployments, StatefulSets and DaemonSets replace their Pods: their update strategies."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, not_supported, required
from tenter.embedded.schema.rules.bounds import at_least
from tenter.embedded.schema.rules.shares import is_nothing, share_causes


def deployment_strategy_causes(strategy: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with a Deployment's ``strategy``."""
    rolling = strategy.get("rollingUpdate")
    where = f"{path}.rollingUpdate"
    match strategy.get("type"):
        case "Recreate":
            if rolling is None:
                return []
            return [forbidden(where, "may not be specified when strategy `type` is 'Recreate'")]
        case "RollingUpdate":
            return _deployment_pace_causes(rolling or {}, where)
    return [not_supported(path, strategy, ["Recreate", "RollingUpdate"])]


def _deployment_pace_causes(rolling: dict[str, Any], path: str) -> list[Cause]:
    causes = share_causes(rolling, "maxUnavailable", path)
    causes += share_causes(rolling, "maxSurge", path, at_most_all=False)
    missing = rolling.get("maxUnavailable")
    if is_nothing(missing) and is_nothing(rolling.get("maxSurge")):
        why = "may not be 0 when `maxSurge` is 0"
        causes.append(invalid(f"{path}.maxUnavailable", missing, why))
    return causes


def stateful_set_strategy_causes(strategy: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with a StatefulSet's ``updateStrategy``."""
    rolling = strategy.get("rollingUpdate")
    where = f"{path}.rollingUpdate"
    match strategy.get("type"):
        case "OnDelete":
            why = "only allowed for updateStrategy 'RollingUpdate'"
            return [] if rolling is None else [invalid(where, rolling, why)]
        case "RollingUpdate":
            rolling = rolling or {}
            causes = at_least(0, rolling, "partition", where)
            causes += share_causes(rolling, "maxUnavailable", where)
            if rolling.get("maxUnavailable") is not None and is_nothing(rolling["maxUnavailable"]):
                causes.append(invalid(f"{where}.maxUnavailable", 0, "cannot be 0"))
            return causes
    return [invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")]


def daemon_set_strategy_causes(strategy: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with a DaemonSet's ``updateStrategy``."""
    match strategy.get("type"):
        case "OnDelete":
            return []
        case "RollingUpdate":
            where = f"{path}.rollingUpdate"
            rolling = strategy.get("rollingUpdate")
            return [required(where)] if rolling is None else _daemon_set_pace_causes(rolling, where)
    return [not_supported(path, strategy, ["OnDelete", "RollingUpdate"])]


def _daemon_set_pace_causes(rolling: dict[str, Any], path: str) -> list[Cause]:
    causes = share_causes(rolling, "maxUnavailable", path)
    causes += share_causes(rolling, "maxSurge", path)
    surge = rolling.get("maxSurge")
    none_missing, none_more = is_nothing(rolling.get("maxUnavailable")), is_nothing(surge)
    if none_missing and none_more:
        causes.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    elif not none_missing and not none_more:
        why = "may not be set when maxUnavailable is non-zero"
        causes.append(invalid(f"{path}.maxSurge", surge, why))
    return causes
