"""Tasks that run as long as the controller does, begun from anywhere in it.

A worker that is being cancelled may still come as far as to begin one; in a group that shuts down
that is not an error, but the moment to begin nothing any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class Host:
    """Begins tasks in ``group``, once there is one."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None

    def use(self, group: asyncio.TaskGroup) -> None:
        """Begin tasks in ``group`` from now on."""
        self._group = group

    def begin(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None] | None:
        """Begin ``work`` and return its task; None where nothing is begun now."""
        if self._group is not None:
            try:
                return self._group.create_task(work, name=name)
            except RuntimeError:
                pass  # it shuts down
        work.close()
        return None
