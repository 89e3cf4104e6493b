"""How an attempt ends: the message that names each cause."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from tenter.engine.tasks import Task


class Failing(enum.StrEnum):
    """The ways a sync fails, in Argo CD's words."""

    APPLY = "one or more objects failed to apply"
    DRY_RUN = "one or more objects failed to apply (dry run)"
    TASKS = "one or more synchronization tasks completed unsuccessfully"


ALL_TASKS_RUN = "successfully synced (all tasks run)"
NO_MORE_TASKS = "successfully synced (no more tasks)"
TERMINATED = "Operation terminated"


def failure_message(failing: Failing, reasons: Sequence[str]) -> str:
    """Return the failure's message, with each reason."""
    return f"{failing}, reason: {'; '.join(reasons)}" if reasons else str(failing)


def with_left(message: str, left: Sequence[str]) -> str:
    """Return ``message`` with what could not be cleaned up, which fails no sync."""
    return f"{message} (not cleaned up: {'; '.join(left)})" if left else message


def reason(task: Task, message: str) -> str:
    """Return one cause: which object, and what was wrong with it."""
    return f"{task.key.short}: {message}" if message else task.key.short
