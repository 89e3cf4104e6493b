"""``tenter get``: how an application stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenter.cli.flags import (
    ApplicationChoice,
    ClusterChoice,
    application_flags,
    cluster_flags,
    output_flag,
)
from tenter.cli.formats import Format, render_item

if TYPE_CHECKING:
    from tenter.library import Overview


@click.command()
@click.option(
    "--health-scripts",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True),
    help="Lua health checks, laid out GROUP/KIND/health.lua, or Argo CD's argocd-cm in a file.",
)
@application_flags
@cluster_flags
@output_flag
def get(
    *,
    health_scripts: Path | None,
    application: ApplicationChoice,
    cluster: ClusterChoice,
    output: Format,
) -> None:
    """Show an application: its sync status and health, object by object, and its last operation.

    \b
    tenter get --app shop
    tenter get --app shop -o json
    """
    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.overview import overview_data, overview_lines

    async def work() -> Overview:
        async with cluster.cluster() as opened:
            return await library.overview(
                application.name,
                cluster=opened,
                health_scripts=health_scripts,
                namespace=application.namespace,
                state_namespace=application.state_namespace,
            )

    overview = run(work())
    terminal = Terminal()
    if output is Format.TEXT:
        terminal.print(overview_lines(overview))
    else:
        terminal.write(render_item(overview_data(overview), output))
