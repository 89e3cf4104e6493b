"""From what was found to an Application's status. Pure: what was before and found in, status out.

Only the parts that a comparison owns are changed here; the operation and the history are written
by those who run it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tenter.applications.overview import SyncStatus
from tenter.argoproj import (
    COMPARED,
    REFRESHED,
    ApplicationSpec,
    ApplicationStatus,
    Condition,
    ConditionType,
    HealthReport,
    Summary,
    SyncReport,
    with_conditions,
)
from tenter.controller.comparison import Comparison
from tenter.health import HealthStatus


class Finding(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What one look at an Application came to.

    ``comparison`` is None where its spec or project forbid to compare at all. ``full`` says that
    revisions were resolved anew, which moves ``reconciledAt``.
    """

    spec: ApplicationSpec
    comparison: Comparison | None
    revisions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    summary: Summary | None = None
    controller_namespace: str = ""
    full: bool = False


def compared_status(before: ApplicationStatus, finding: Finding, now: str) -> ApplicationStatus:
    """Return ``before`` with what ``finding`` says; ``now`` is an RFC 3339 time."""
    conditions = with_conditions(
        before.conditions, finding.conditions, (*REFRESHED, *COMPARED), now
    )
    comparison = finding.comparison
    if comparison is None:
        status = msgspec.structs.replace(
            before,
            sync=_sync(before, finding, SyncStatus.UNKNOWN),
            health=_health(before, HealthStatus.UNKNOWN, now),
            conditions=conditions,
        )
    else:
        status = msgspec.structs.replace(
            before,
            sync=_sync(before, finding, comparison.status),
            health=_health(before, comparison.health, now),
            resources=comparison.resources,
            conditions=conditions,
            summary=finding.summary,
            source_type="" if finding.spec.has_several_sources else _first(finding.source_types),
            source_types=finding.source_types if finding.spec.has_several_sources else (),
        )
    return msgspec.structs.replace(
        status,
        resource_health_source="",
        controller_namespace=finding.controller_namespace,
        reconciled_at=now if finding.full or not before.reconciled_at else before.reconciled_at,
    )


def has_errors(conditions: Iterable[Condition], *, but: tuple[ConditionType, ...] = ()) -> bool:
    """Tell whether one of the conditions is an error, ``but`` for those types."""
    return any(
        each.type.endswith("Error") and each.type not in [kind.value for kind in but]
        for each in conditions
    )


def _sync(before: ApplicationStatus, finding: Finding, status: SyncStatus) -> SyncReport:
    several = finding.spec.has_several_sources
    known = before.sync
    revisions = finding.revisions
    if not revisions and known is not None:
        # What could not be resolved is said in a condition; what was last known stays to be seen.
        return msgspec.structs.replace(
            known, status=status.value, compared_to=finding.spec.compared_to
        )
    return SyncReport(
        status=status.value,
        revision="" if several else _first(revisions),
        revisions=revisions if several else (),
        compared_to=finding.spec.compared_to,
    )


def _health(before: ApplicationStatus, status: HealthStatus, now: str) -> HealthReport:
    known = before.health
    if known is not None and known.status == status.value:
        return HealthReport(
            status=known.status, last_transition_time=known.last_transition_time or now
        )
    return HealthReport(status=status.value, last_transition_time=now)


def _first(texts: tuple[str, ...]) -> str:
    return texts[0] if texts else ""
