"""``tenter delete``: remove an application, with its delete hooks."""

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
@click.option("--skip-hooks", is_flag=True, help="Run no PreDelete and PostDelete hooks.")
@application_flags
@cluster_flags
@output_flag
def delete(
    *,
    skip_hooks: bool,
    application: ApplicationChoice,
    cluster: ClusterChoice,
    output: Format,
) -> int:
    """Delete an application: PreDelete hooks, then all its objects, then PostDelete hooks.

    PreDelete hooks must succeed before anything is deleted; its record goes last.

    \b
    tenter delete --app shop
    tenter delete --app shop --skip-hooks
    """
    from tenter import library
    from tenter.cli.next_steps import after_delete
    from tenter.cli.running import run, watched

    async def work() -> int:
        async with cluster.cluster() as opened:

            async def operate(tell: Callable[[Progress], None], control: Control) -> SyncOutcome:
                return await library.delete(
                    application.name,
                    cluster=opened,
                    skip_hooks=skip_hooks,
                    on_progress=tell,
                    control=control,
                    **application.place(),
                )

            return await watched(
                operate, output, lambda outcome: after_delete(outcome, application, cluster)
            )

    return run(work())
