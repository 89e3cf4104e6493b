"""What an operation came to, for the caller who awaited it."""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.engine import OperationPhase
from tenter.runner import Report


class SyncOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation ended.

    ``operation_state`` is in the shape of an Application's ``status.operationState``.
    ``report`` is what is kept for people: attempts, exit codes, log tails. ``timed_out`` says that
    a limit of time ended it; ``terminated`` that someone asked it to end. ``resumed`` says that it
    was the operation that another process had left unfinished, at that one's revision: what was
    asked for now has yet to be synced.
    """

    application: str
    phase: OperationPhase
    message: str
    operation_state: dict[str, Any] = {}
    report: Report = msgspec.field(default_factory=lambda: Report(operation=""))
    timed_out: bool = False
    terminated: bool = False
    resumed: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether all went well."""
        return self.phase is OperationPhase.SUCCEEDED
