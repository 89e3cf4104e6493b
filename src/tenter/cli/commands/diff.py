"""``tenter diff``: live against target, line by line."""

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

if TYPE_CHECKING:
    from tenter.library import Differences


@click.command()
@source_flags
@click.option(
    "--lines",
    "around",
    metavar="N",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many unchanged lines to show around each change.",
)
@application_flags
@sync_flags
@cluster_flags
@output_flag
def diff(
    *,
    source: SourceChoice,
    around: int,
    application: ApplicationChoice,
    choice: SyncChoice,
    cluster: ClusterChoice,
    output: Format,
) -> int:
    """Show how live objects differ from their source; ends with 3 where any does.

    Nothing is changed. Values of Secrets are never shown: only whether they differ.

    \b
    tenter diff ./deploy --app shop -n shop
    tenter diff ./deploy --app shop -n shop --prune -o json
    """
    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.diff import diff_data, diff_lines

    keywords = choice.keywords(application)
    what = source.read()

    async def work() -> Differences:
        async with cluster.cluster() as opened:
            return await library.differences(what, cluster=opened, context=around, **keywords)

    found = run(work())
    terminal = Terminal()
    if output is Format.TEXT:
        terminal.print(diff_lines(found))
    else:
        terminal.write(render_item(diff_data(found), output))
    if found.refused:
        return ExitCode.FAILED
    return ExitCode.DIFFERENCES if found.differs else ExitCode.DONE
