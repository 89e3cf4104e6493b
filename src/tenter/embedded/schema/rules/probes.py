"""Probes: what is asked of a container, and how often."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import at_least, between

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_COUNTS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def probe_causes(container: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the probes of the container at ``path``."""
    causes: list[Cause] = []
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        where = f"{path}.{name}"
        causes += _handler_causes(probe, where)
        for field in _COUNTS:
            causes += at_least(0, probe, field, where)
        if name != "readinessProbe" and probe.get("successThreshold") != 1:
            causes.append(
                invalid(f"{where}.successThreshold", probe.get("successThreshold"), "must be 1")
            )
    return causes


def _handler_causes(probe: dict[str, Any], path: str) -> list[Cause]:
    given = [name for name in _HANDLERS if name in probe]
    if not given:
        return [required(path, "must specify a handler type")]
    causes = [
        forbidden(f"{path}.{name}", "may not specify more than 1 handler type")
        for name in given[1:]
    ]
    handler = probe[given[0]]
    where = f"{path}.{given[0]}"
    match given[0]:
        case "exec":
            if not handler.get("command"):
                causes.append(required(f"{where}.command"))
        case "grpc":
            causes += between(1, 65535, {"port": 0, **handler}, "port", where)
        case _:
            causes += port_causes(handler, "port", where)
    return causes


def port_causes(holder: dict[str, Any], field: str, path: str) -> list[Cause]:
    """Judge a port that is given by its number or by its name; a missing one counts as 0."""
    port = holder.get(field, 0)
    if isinstance(port, str):
        return [invalid(f"{path}.{field}", port, why) for why in names.port_name(port)]
    return between(1, 65535, {field: port}, field, path)
