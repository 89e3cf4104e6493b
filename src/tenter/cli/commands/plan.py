"""``tenter plan``: what a sync would do, and why, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tenter.cli.exit_codes import ExitCode
from tenter.cli.flags import (
    ApplicationChoice,
    ClusterChoice,
    application_flags,
    cluster_flags,
    output_flag,
)
from tenter.cli.formats import Format, render_item
from tenter.cli.source_flags import SourceChoice, source_flags
from tenter.cli.sync_flags import SyncChoice, sync_flags
from tenter.errors import NoKubeconfig

if TYPE_CHECKING:
    from tenter.library import SyncPlan


@click.command()
@source_flags
@click.option("--offline", is_flag=True, help="Ask no cluster: show phases, waves and hooks only.")
@click.option("--exit-code", is_flag=True, help="End with 3 when something would change.")
@application_flags
@sync_flags
@cluster_flags
@output_flag
def plan(
    *,
    source: SourceChoice,
    offline: bool,
    exit_code: bool,
    application: ApplicationChoice,
    choice: SyncChoice,
    cluster: ClusterChoice,
    output: Format,
) -> int:
    """Show what a sync would do: phases, waves, hooks and changes, and why.

    Nothing is changed. Without a kubeconfig, or with --offline, no cluster is asked.

    \b
    tenter plan ./deploy --app shop -n shop --offline
    tenter plan ./deploy --app shop -n shop --prune --exit-code
    """
    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.plan import plan_lines, planned_data

    keywords = choice.keywords(application)
    what = source.read()

    async def work() -> SyncPlan:
        if not offline:
            try:
                async with cluster.cluster() as opened:
                    return await library.plan(what, cluster=opened, **keywords)
            except NoKubeconfig:
                # Whoever named a cluster, or asks for differences, wants no plan without one.
                if exit_code or cluster.named:
                    raise
                click.echo(
                    "note: there is no kubeconfig, so no cluster was asked what would change.",
                    err=True,
                )
        return await library.plan(what, **keywords)

    planned = run(work())
    terminal = Terminal()
    if output is Format.TEXT:
        terminal.print(plan_lines(planned))
    else:
        terminal.write(render_item(planned_data(planned), output))
    if planned.refused:
        return ExitCode.FAILED
    return ExitCode.DIFFERENCES if exit_code and planned.differs else ExitCode.DONE
