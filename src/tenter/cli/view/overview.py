"""How an application stands, in lines and as data in an Application's shape. Pure."""

from __future__ import annotations

from typing import Any

from tenter.cli.view.moments import moment
from tenter.cli.view.table import table_lines
from tenter.cli.view.text import Line, Span, Tone, printable
from tenter.cli.view.wording import health_tone, phase_tone, short_revision
from tenter.library import ObjectOverview, Overview, SyncStatus

_STATUS_TONES = {
    SyncStatus.SYNCED: Tone.GOOD,
    SyncStatus.OUT_OF_SYNC: Tone.WARN,
    SyncStatus.UNKNOWN: Tone.BAD,
}


def overview_lines(overview: Overview) -> list[Line]:
    """Return the lines that tell ``overview`` to a person."""
    revision = f" at {short_revision(overview.revision)}" if overview.revision else ""
    lines: list[Line] = [
        [
            Span(overview.application, Tone.STRONG),
            Span(f" in namespace {overview.namespace}, from {overview.source}{revision}"),
        ],
        [
            Span("sync    "),
            Span(overview.status.value, _STATUS_TONES[overview.status]),
            Span(f"   {printable(overview.message)}" if overview.message else ""),
        ],
        [Span("health  "), Span(overview.health.value, health_tone(overview.health.value))],
    ]
    if overview.operation_phase is not None:
        lines.append(_operation(overview))
    if overview.deployed is not None:
        entry = overview.deployed
        what = f" of {short_revision(entry.revision)}" if entry.revision else ""
        lines.append([Span(f"deployed{what} at {moment(entry.deployed_at)} (history {entry.id})")])
    lines.append([])
    rows = [_row(one, overview.namespace) for one in overview.objects]
    return lines + table_lines(["OBJECT", "SYNC", "HEALTH", ""], rows)


def overview_data(overview: Overview) -> dict[str, Any]:
    """Return ``overview`` as an Application's ``status``, with its name and place."""
    data: dict[str, Any] = {
        "application": overview.application,
        "namespace": overview.namespace,
        "source": overview.source,
        "sync": {"status": overview.status.value, "revision": overview.revision},
        "health": {"status": overview.health.value},
        "resources": [_resource(one) for one in overview.objects],
    }
    if overview.message:
        data["conditions"] = [{"type": "ComparisonError", "message": overview.message}]
    if overview.operation_phase is not None:
        operation: dict[str, Any] = {
            "phase": overview.operation_phase.value,
            "message": overview.operation_message,
        }
        if overview.operation_started_at is not None:
            operation["startedAt"] = moment(overview.operation_started_at)
        if overview.operation_finished_at is not None:
            operation["finishedAt"] = moment(overview.operation_finished_at)
        data["operationState"] = operation
    return data


def _operation(overview: Overview) -> Line:
    phase = overview.operation_phase
    assert phase is not None  # noqa: S101 - the caller looked
    at = overview.operation_finished_at or overview.operation_started_at
    when = f" {'at' if phase.ended else 'since'} {moment(at)}" if at is not None else ""
    said = printable(overview.operation_message)
    return [
        Span("last    "),
        Span(phase.value, phase_tone(phase)),
        Span(f"{when}: {said}" if said else when),
    ]


def _row(one: ObjectOverview, destination: str) -> list[Span | str]:
    away = one.key.namespace and one.key.namespace != destination
    where = f" in {one.key.namespace}" if away else ""
    health = one.health.status.value if one.health else "-"
    said = [one.message, one.health.message if one.health else ""]
    if one.requires_pruning:
        said.insert(0, "no longer in the source (--prune removes it)")
    return [
        f"{one.key.kind}/{one.key.name}{where}",
        Span(one.status.value, _STATUS_TONES[one.status]),
        Span(health, health_tone(health)),
        Span("; ".join(printable(text) for text in said if text), Tone.DIM),
    ]


def _resource(one: ObjectOverview) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "group": one.key.group,
        "kind": one.key.kind,
        "namespace": one.key.namespace,
        "name": one.key.name,
        "status": one.status.value,
    }
    if one.health is not None:
        resource["health"] = {"status": one.health.status.value}
        if one.health.message:
            resource["health"]["message"] = one.health.message
    if one.requires_pruning:
        resource["requiresPruning"] = True
    return resource
