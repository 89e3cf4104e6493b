"""Joins a cluster, a listener and health scripts into what ``applications`` works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tenter.applications.io_places import this_process, working_directory
from tenter.applications.workplace import Workplace
from tenter.library.cluster import Cluster
from tenter.library.io_health_scripts import health_scripts
from tenter.library.keywords import PlaceKeywords
from tenter.runner import Control
from tenter.runner.progress import Progress


@asynccontextmanager
async def workplace_on(
    cluster: Cluster,
    on_progress: Callable[[Progress], None] | None,
    control: Control,
    keywords: PlaceKeywords,
) -> AsyncIterator[Workplace]:
    """Yield a workplace on an open cluster; health scripts end with the context.

    Raises HealthCheckError for scripts that cannot be read.
    """
    async with health_scripts(keywords.get("health_scripts"), cluster.environment) as scripts:
        yield Workplace(
            client=cluster.client,
            environment=cluster.environment,
            listener=on_progress or _unheard,
            scripts=scripts,
            control=control,
            holder=this_process(),
            base=working_directory(),
        )


def _unheard(_event: Progress) -> None:
    """Hear nothing."""
