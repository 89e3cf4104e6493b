"""``tenter history``: what was deployed, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from tenter.library import HistoryEntry


@click.command()
@application_flags
@cluster_flags
@output_flag
def history(*, application: ApplicationChoice, cluster: ClusterChoice, output: Format) -> None:
    """List the application's successful syncs and rollbacks, oldest first.

    \b
    tenter history --app shop
    tenter history --app shop -o yaml
    """
    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.durations import duration
    from tenter.cli.view.moments import moment
    from tenter.cli.view.table import table_lines
    from tenter.cli.view.wording import short_revision

    async def work() -> list[HistoryEntry]:
        async with cluster.cluster() as opened:
            return await library.history(application.name, cluster=opened, **application.place())

    entries = run(work())
    terminal = Terminal()
    if output is not Format.TEXT:
        for entry in entries:
            terminal.write(render_item(_data(entry), output))
        return
    if not entries:
        terminal.write("Nothing was deployed yet.\n")
        return
    rows = [
        [
            str(entry.id),
            moment(entry.deployed_at),
            duration(entry.deployed_at - entry.deploy_started_at),
            short_revision(entry.revision) or "(no commit)",
            str(entry.source or ""),
        ]
        for entry in entries
    ]
    terminal.print(table_lines(["ID", "DEPLOYED", "TOOK", "REVISION", "SOURCE"], rows))


def _data(entry: HistoryEntry) -> dict[str, Any]:
    """Return an entry in the shape of an Application's ``status.history``."""
    from tenter.cli.view.moments import moment

    data: dict[str, Any] = {
        "id": entry.id,
        "deployStartedAt": moment(entry.deploy_started_at),
        "deployedAt": moment(entry.deployed_at),
        "revision": entry.revision,
    }
    if entry.source is not None:
        data["source"] = entry.source.described(entry.revision)
    return data
