"""Another attempt after a failed one: whether, when, and with what it begins."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from tenter.engine.decision import End
from tenter.engine.options import RetryOptions
from tenter.engine.record import AttemptFacts, OperationPhase, Record, TaskPhase

DELETION_RETRY = RetryOptions(limit=-1, duration=5.0, factor=2, max_duration=180.0)
"""Failed delete hooks are tried again until they succeed or the user skips them."""


def with_retry(record: Record, end: End, now: float) -> End:
    """Return ``end`` with the time of the next attempt, where another one follows."""
    number = record.attempt.number
    failed = end.phase in {OperationPhase.FAILED, OperationPhase.ERROR}
    if not failed or record.terminating or record.options.dry_run:
        return end
    retry = DELETION_RETRY if record.deletion else record.options.retry
    if 0 <= retry.limit <= number:
        message = f"{end.message} (retried {number} times)." if number else end.message
        return msgspec.structs.replace(end, message=message)
    at = now + retry.backoff(number + 1)
    clock = datetime.fromtimestamp(at, UTC).strftime("%I:%M%p").lstrip("0")
    message = f"{end.message}. Retrying attempt #{number + 1} at {clock}."
    return msgspec.structs.replace(end, message=message, retry_at=at)


def note_end(record: Record, end: End, now: float) -> None:
    """Write the attempt's end into the record.

    While another attempt is to follow the operation stays Running, with ``finished_at`` set.
    """
    record.message = end.message
    record.finished_at = now
    record.retry_at = end.retry_at
    record.version += 1
    if end.retry_at is None:
        record.phase = end.phase


def next_attempt(record: Record, facts: AttemptFacts) -> None:
    """Make ``record`` begin the attempt of ``facts``.

    A retried deletion, and a sync with ``retry-from: failed``, goes on from the failed stage; a
    deletion's hooks that succeeded are not run again.
    """
    goes_on = record.deletion or record.options.retry.from_failed_stage
    record.cursor = record.failed_at if goes_on else None
    record.hooks = {
        task_id: state
        for task_id, state in record.hooks.items()
        if record.deletion and state.phase is TaskPhase.SUCCEEDED
    }
    if not goes_on:
        record.results = {}
        record.pruned = []
    if record.deletion:
        # The names stay, so that what succeeded is known again and what failed is replaced.
        first = record.attempt
        facts = msgspec.structs.replace(
            facts, named_at=first.named_at or first.started, revision=first.revision
        )
    record.attempt = facts
    record.checked = False
    record.causes = []
    record.failed_at = None
    record.fatal = False
    record.retry_at = None
    record.finished_at = None
    record.message = ""
    record.version += 1
