"""What an operation came to."""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.engine import OperationPhase, Record, operation_state
from tenter.runner import Operation, Report


class Outcome(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How an operation ended.

    ``operation_state`` is in the shape of an Application's ``status.operationState``. ``resumed``
    says that it was not begun by this call: an interrupted one was gone on with.
    """

    record: Record
    report: Report
    operation_state: dict[str, Any]
    revision: str = ""
    resumed: bool = False

    @property
    def phase(self) -> OperationPhase:
        """How it ended."""
        return self.record.phase

    @property
    def message(self) -> str:
        """Why, for people."""
        return self.record.message


def outcome_of(operation: Operation, revision: str, *, resumed: bool = False) -> Outcome:
    """Return what an ended operation came to; ``revision`` is that of its last attempt."""
    return Outcome(
        record=operation.record,
        report=operation.report,
        operation_state=operation_state(
            operation.record, operation.asked, operation.source, revision
        ),
        revision=revision,
        resumed=resumed,
    )
