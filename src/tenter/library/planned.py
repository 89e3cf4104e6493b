"""What a sync would do, as a value: the plan, what changes and why, and what to beware of."""

from __future__ import annotations

import enum

import msgspec

from tenter.engine import Plan
from tenter.library.advice import Advice


class ChangeKind(enum.StrEnum):
    """What a sync would do to an object."""

    CREATE = "create"
    CONFIGURE = "configure"
    UNCHANGED = "unchanged"
    PRUNE = "prune"
    KEEP = "keep"
    """No longer wanted, but not pruned; the reason says why."""
    RUN = "run"
    """A hook."""
    APPLY = "apply"
    """Unknown, since no cluster was asked."""
    FAIL = "fail"
    """The server would refuse it; the reason says why."""

    @property
    def differs(self) -> bool:
        """Whether the object is not yet as the source wants it."""
        return self in {ChangeKind.CREATE, ChangeKind.CONFIGURE, ChangeKind.PRUNE, ChangeKind.FAIL}


class PlannedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One task's change and why; the reason is empty where the change says it all."""

    change: ChangeKind
    reason: str = ""


class SyncPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a sync would do.

    ``changes`` are by task id. ``cluster`` says which cluster was asked, and is empty where none
    was. ``notices`` are sentences about the source. ``rendered_by`` says which program rendered it,
    where it was a chart or a kustomization.
    """

    application: str
    revision: str
    namespace: str
    plan: Plan
    changes: dict[str, PlannedChange]
    advice: tuple[Advice, ...] = ()
    notices: tuple[str, ...] = ()
    cluster: str = ""
    rendered_by: str = ""

    @property
    def differs(self) -> bool:
        """Whether anything on the cluster would change, apart from hooks."""
        return any(planned.change.differs for planned in self.changes.values())

    @property
    def refused(self) -> bool:
        """Whether the server would refuse an object."""
        return any(planned.change is ChangeKind.FAIL for planned in self.changes.values())
