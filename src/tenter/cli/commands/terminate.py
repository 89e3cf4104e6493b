"""``tenter terminate``: end an operation that runs elsewhere, or was left behind."""

from __future__ import annotations

import click

from tenter.cli.flags import (
    ApplicationChoice,
    ClusterChoice,
    application_flags,
    cluster_flags,
)


@click.command()
@application_flags
@cluster_flags
def terminate(*, application: ApplicationChoice, cluster: ClusterChoice) -> None:
    """End a running operation cleanly: its hooks are stopped, finished ones keep their result.

    The process that runs the operation is asked to end it; where that process is gone, this
    command ends it itself.

    \b
    tenter terminate --app shop
    """
    from tenter import library
    from tenter.cli.running import run

    async def work() -> library.Asked | library.SyncOutcome:
        async with cluster.cluster() as opened:
            return await library.terminate(application.name, cluster=opened, **application.place())

    answer = run(work())
    if isinstance(answer, library.Asked):
        click.echo(f"{answer.holder} runs the operation, and was asked to end it.")
    else:
        click.echo(f"Nobody ran the operation any more. Ended it: {answer.message}.")
