"""The user's own health checks: a folder of Lua scripts, run in processes that can be killed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tenter.environment import Environment
from tenter.health import Scripts


@contextlib.asynccontextmanager
async def health_scripts(
    folder: str | Path | None, environment: Environment
) -> AsyncIterator[Scripts | None]:
    """Yield the checks in ``folder`` (``GROUP/KIND/health.lua``), or None without a folder.

    Their processes, if any were needed, end with the context. Raises HealthCheckError for a
    script that cannot be read.
    """
    if folder is None:
        yield None
        return
    from tenter.scripting import LuaScripts  # noqa: PLC0415 - loads Lua, which few commands need

    async with LuaScripts.from_directory(folder, environment) as scripts:
        yield scripts
