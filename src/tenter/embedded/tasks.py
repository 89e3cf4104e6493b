"""A task group that hands on a single error as it is.

A cluster is entered around other people's code. What that code raises must reach its caller as
raised, not inside a group, or nobody's ``except`` would find it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Run a block with a TaskGroup; a group of one error, however deep, is raised as that error."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as error:
        single: BaseException = error
        while isinstance(single, BaseExceptionGroup) and len(single.exceptions) == 1:
            single = single.exceptions[0]
        if single is error:
            raise
        raise single from single.__cause__
