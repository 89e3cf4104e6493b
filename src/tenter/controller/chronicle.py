"""What is worth telling of a write of an Application: Events for people, counts for Prometheus.

Both follow from the object before and after, so that whoever writes need not think of them, and
what was never written is never told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tenter.argoproj import (
    Application,
    OperationState,
    completed_event,
    read_application,
    started_event,
    status_events,
)
from tenter.controller.metrics import Metrics
from tenter.errors import SpecError
from tenter.manifests import Manifest


class Chronicle:
    """Tells ``tell`` of Events and ``metrics`` of operations that ended.

    ``now`` returns Unix seconds.
    """

    def __init__(
        self, tell: Callable[..., None], metrics: Metrics, now: Callable[[], float]
    ) -> None:
        self._tell = tell
        self._metrics = metrics
        self._now = now

    def wrote(self, before: Manifest, after: Manifest) -> None:
        """Take in that an Application was written."""
        if _told_of(before) == _told_of(after):
            return  # most writes move an operation on, which is no news here
        try:
            old, new = read_application(before), read_application(after)
        except SpecError:
            return  # a condition says so
        now = self._now()
        self._tell(*status_events(old, new.status, now))
        self._operation(old, new, now)

    def _operation(self, old: Application, new: Application, now: float) -> None:
        was, state = old.status.operation_state, new.status.operation_state
        if state is None:
            return
        another = was is None or was.started_at != state.started_at
        if another:
            result = state.sync_result
            asked = state.operation.sync
            revision = (result.revision if result else "") or (asked.revision if asked else "")
            self._tell(started_event(new, state.operation, revision, now))
        if state.ended and (another or was is None or not was.ended):
            self._tell(completed_event(new, state, now))
            self._metrics.sync_ended(new, state, _took(state))


def _told_of(manifest: Manifest) -> tuple[Any, ...]:
    status = manifest.get("status") or {}
    state = status.get("operationState") or {}
    return (
        (status.get("sync") or {}).get("status"),
        (status.get("health") or {}).get("status"),
        state.get("startedAt"),
        state.get("phase"),
    )


def _took(state: OperationState) -> float:
    try:
        started, ended = map(datetime.fromisoformat, (state.started_at, state.finished_at))
    except ValueError:
        return 0.0
    return (ended - started).total_seconds()
