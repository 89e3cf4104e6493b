"""Whether what asks for a person's word (``Prune=confirm``) has it, for the operation that runs."""

from __future__ import annotations

from datetime import datetime

from tenter.engine import Record


def is_timely(approved: str, record: Record | None) -> bool:
    """Tell whether an approval, given at ``approved`` (RFC 3339), is for this operation.

    One from before the operation began is for an earlier one; a text that is no time is none.
    """
    try:
        at = datetime.fromisoformat(approved).timestamp()
    except ValueError:
        return False
    return record is None or at >= int(record.started_at)
