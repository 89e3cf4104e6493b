"""``tenter rollback``: back to an earlier entry of the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tenter.cli.flags import (
    ApplicationChoice,
    ClusterChoice,
    application_flags,
    cluster_flags,
    output_flag,
)
from tenter.cli.formats import Format

if TYPE_CHECKING:
    from tenter.library import Control, Progress, SyncOutcome


@click.command()
@click.argument("entry", required=False, type=int, metavar="[ID]")
@click.option("--prune", is_flag=True, help="Delete what that entry did not have.")
@application_flags
@cluster_flags
@output_flag
def rollback(
    *,
    entry: int | None,
    prune: bool,
    application: ApplicationChoice,
    cluster: ClusterChoice,
    output: Format,
) -> int:
    """Go back to the history's entry ID, by default the one before the last.

    The manifests come from Git at that entry's revision, or from the cluster where they were kept
    (--keep-manifests). As in Argo CD a rollback runs no hooks, and is written to the history.

    \b
    tenter history --app shop
    tenter rollback --app shop 3
    """
    from tenter import library
    from tenter.cli.next_steps import after_sync
    from tenter.cli.running import run, watched

    async def work() -> int:
        async with cluster.cluster() as opened:

            async def operate(tell: Callable[[Progress], None], control: Control) -> SyncOutcome:
                return await library.rollback(
                    application.name,
                    entry,
                    cluster=opened,
                    prune=prune,
                    on_progress=tell,
                    control=control,
                    **application.place(),
                )

            return await watched(
                operate, output, lambda outcome: after_sync(outcome, application, cluster)
            )

    return run(work())
