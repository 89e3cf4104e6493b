"""Joins a cluster, a listener, health scripts and jq into what ``applications`` works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tenter.applications.io_places import this_process, working_directory
from tenter.applications.workplace import Workplace
from tenter.library.cluster import Cluster
from tenter.library.io_health_scripts import health_scripts
from tenter.library.io_jq_paths import jq_paths
from tenter.library.keywords import PlaceKeywords
from tenter.runner import Control
from tenter.runner.progress import Progress
from tenter.sources import RenderSettings


@asynccontextmanager
async def workplace_on(
    cluster: Cluster,
    on_progress: Callable[[Progress], None] | None,
    control: Control,
    keywords: PlaceKeywords,
    settings: RenderSettings | None = None,
) -> AsyncIterator[Workplace]:
    """Yield a workplace on an open cluster; what runs scripts and jq ends with the context.

    ``settings`` are what renderers may.

    Raises HealthCheckError for scripts that cannot be read.
    """
    async with (
        health_scripts(keywords.get("health_scripts"), cluster.environment) as scripts,
        jq_paths() as paths,
    ):
        yield Workplace(
            client=cluster.client,
            environment=cluster.environment,
            listener=on_progress or _unheard,
            scripts=scripts,
            paths=paths,
            control=control,
            holder=this_process(),
            base=working_directory(),
            settings=settings or RenderSettings(),
        )


def _unheard(_event: Progress) -> None:
    """Hear nothing."""
