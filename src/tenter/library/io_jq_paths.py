"""jq for whoever's rules have expressions; nobody else pays for what runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tenter.diff import Paths
from tenter.diff.ignoring import Path
from tenter.manifests import Manifest

if TYPE_CHECKING:
    from tenter.scripting import JqPaths


class _OnDemand:
    """Loads what runs jq, and starts its process, at the first question."""

    def __init__(self) -> None:
        self.paths: JqPaths | None = None

    async def find(self, expressions: Sequence[str], obj: Manifest) -> tuple[Path, ...]:
        """Return every place in ``obj`` that an expression names, as ``Paths.find`` says."""
        if self.paths is None:
            from tenter.scripting import JqPaths  # noqa: PLC0415 - few rules have expressions

            self.paths = JqPaths()
        return await self.paths.find(expressions, obj)


@asynccontextmanager
async def jq_paths() -> AsyncIterator[Paths]:
    """Yield what runs jq expressions; its process, if one was needed, ends with the context."""
    on_demand = _OnDemand()
    try:
        yield on_demand
    finally:
        if on_demand.paths is not None:
            await on_demand.paths.aclose()
