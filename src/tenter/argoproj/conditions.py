"""Conditions: what is wrong with an Application, or worth a warning, in ``status.conditions``.

Each kind of check owns some types: what it finds replaces what it found before, and leaves the
other types alone. A condition that says the same as before keeps its time.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

import msgspec

from tenter.argoproj.status import Condition


class ConditionType(enum.StrEnum):
    """The types that Argo CD's users know."""

    INVALID_SPEC = "InvalidSpecError"
    UNKNOWN = "UnknownError"
    COMPARISON = "ComparisonError"
    SYNC = "SyncError"
    DELETION = "DeletionError"
    SHARED_RESOURCE = "SharedResourceWarning"
    REPEATED_RESOURCE = "RepeatedResourceWarning"
    EXCLUDED_RESOURCE = "ExcludedResourceWarning"
    ORPHANED_RESOURCE = "OrphanedResourceWarning"
    DELETING = "DeletionWaiting"
    """Tenter's own: what the deletion of the Application waits for."""
    INVALID_MANIFEST = "InvalidManifestWarning"
    """Tenter's own: a manifest says something unknown, which Argo CD ignores without a word."""

    @property
    def is_error(self) -> bool:
        """Whether it keeps the Application from being compared, synced or deleted."""
        return self.value.endswith("Error")


REFRESHED = (ConditionType.INVALID_SPEC, ConditionType.UNKNOWN)
"""Set anew by each refresh; while one stands, sync status and health are Unknown."""

COMPARED = (
    ConditionType.COMPARISON,
    ConditionType.SHARED_RESOURCE,
    ConditionType.REPEATED_RESOURCE,
    ConditionType.EXCLUDED_RESOURCE,
    ConditionType.INVALID_MANIFEST,
    ConditionType.ORPHANED_RESOURCE,
)
"""Set anew by each comparison."""

AUTO_SYNCED = (ConditionType.SYNC,)
"""Set anew each time that auto-sync is considered."""


def condition(kind: ConditionType, message: str) -> Condition:
    """Return a condition without a time, which ``with_conditions`` gives it."""
    return Condition(type=kind.value, message=message)


def with_conditions(
    before: Sequence[Condition],
    found: Iterable[Condition],
    owned: Iterable[ConditionType],
    now: str,
) -> tuple[Condition, ...]:
    """Return ``before`` with those of the types ``owned`` replaced by what was ``found``.

    ``now`` is an RFC 3339 time; a condition of the same type and message keeps its own. The order
    is by type, and then as found, so that an unchanged set is written the same.
    """
    types = {kind.value for kind in owned}
    known = {(each.type, each.message): each.last_transition_time for each in before}
    fresh = {
        (each.type, each.message): msgspec.structs.replace(
            each, last_transition_time=known.get((each.type, each.message)) or now
        )
        for each in found
    }
    kept = [each for each in before if each.type not in types]
    return tuple(sorted([*kept, *fresh.values()], key=lambda each: each.type))
