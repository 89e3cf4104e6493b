"""Runs the controller in this process: its log on standard error, its clones in a folder."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

import click
import structlog

from tenter.applications.io_places import this_process
from tenter.controller import Controller, ControllerOptions, controller
from tenter.controller.io_clusters import connector
from tenter.controller.io_endpoints import serve_endpoints
from tenter.controller.io_paths import new_cache, real_path
from tenter.controller.io_webhooks import Webhooks
from tenter.controller.listening import Address
from tenter.errors import UsageError
from tenter.library import Cluster


async def run_controller(
    cluster: Cluster,
    asked_to_end: asyncio.Event,
    *,
    namespace: str,
    observe: bool,
    file_repositories: Path | None,
    cache: Path | None,
    log_format: str,
    listen: Address | None,
    allowed_commands: Sequence[str],
) -> None:
    """Run the controller on the open ``cluster`` until ``asked_to_end`` is set.

    ``file_repositories`` is the folder in which repositories of this machine may be used, ``cache``
    that of clones, ``log_format`` text or json. ``listen`` is where metrics, health and webhooks
    are served; None is the usual place, or nowhere if that is taken. ``allowed_commands`` are the
    programs that clusters' Secrets may have run. Raises ``UsageError`` where it
    may not start.
    """
    set_up_log(log_format)
    with ExitStack() as stack:
        clones = str(cache) if cache is not None else stack.enter_context(new_cache())
        options = ControllerOptions(
            namespace=namespace,
            observe=observe,
            file_root=real_path(str(file_repositories)) if file_repositories is not None else "",
            cache=real_path(clones),
            identity=f"{this_process()} ({cluster.environment.random.randrange(16**8):08x})",
        )
        connect = connector(cluster.environment, allowed_commands)
        async with controller(cluster.client, cluster.environment, options, connect) as made:
            what = "observes" if observe else "looks after"
            click.echo(
                f"The controller {what} the Applications of namespace {namespace} on "
                f"{cluster.description}; Ctrl-C ends it.",
                err=True,
            )
            async with _endpoints(made, listen):
                await _until(asked_to_end, made.run())


@asynccontextmanager
async def _endpoints(made: Controller, listen: Address | None) -> AsyncIterator[None]:
    webhooks = Webhooks(lambda: made.plane.webhooks, made.pushed, made.metrics.webhook)
    async with AsyncExitStack() as stack:
        served = serve_endpoints(listen or Address(), made.metrics, lambda: "", webhooks)
        try:
            await stack.enter_async_context(served)
        except UsageError as error:
            if listen is not None:
                raise
            click.echo(f"Metrics, health and webhooks are not served: {error}.", err=True)
        yield


async def _until(asked_to_end: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        await asked_to_end.wait()
        working.cancel()


def set_up_log(log_format: str) -> None:
    """Write the log to standard error, as ``text`` for people or ``json`` for machines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
