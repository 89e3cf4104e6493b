"""``tenter sync``: one sync operation, watched to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tenter.cli.flags import (
    ApplicationChoice,
    ClusterChoice,
    application_flags,
    cluster_flags,
    output_flag,
)
from tenter.cli.formats import Format
from tenter.cli.source_flags import SourceChoice, source_flags
from tenter.cli.sync_flags import SyncChoice, sync_flags

if TYPE_CHECKING:
    from tenter.library import Control, Progress, SyncOutcome


@click.command()
@source_flags
@application_flags
@sync_flags
@cluster_flags
@output_flag
def sync(
    *,
    source: SourceChoice,
    application: ApplicationChoice,
    choice: SyncChoice,
    cluster: ClusterChoice,
    output: Format,
) -> int:
    """Bring a cluster to what the manifests in PATH or REPO want, hooks and all.

    PATH is a folder or a file; REPO is a Git repository, with --revision and --path. Ctrl-C ends
    the operation cleanly: running hooks are stopped; a second Ctrl-C leaves at once.

    \b
    tenter sync ./deploy --app shop -n shop --create-namespace
    tenter sync https://github.com/acme/shop --path deploy --revision v1.2 --prune
    tenter sync -f app.yaml -o json
    """
    from tenter import library
    from tenter.cli.next_steps import after_sync
    from tenter.cli.notices import unrun_containers
    from tenter.cli.running import run, watched

    keywords: dict[str, Any] = choice.keywords(application)
    what = source.read()
    unrun_containers(cluster)

    async def work() -> int:
        async with cluster.cluster() as opened:
            resumed = False

            async def operate(tell: Callable[[Progress], None], control: Control) -> SyncOutcome:
                nonlocal resumed
                outcome = await library.sync(
                    what, cluster=opened, on_progress=tell, control=control, **keywords
                )
                resumed = outcome.resumed and not outcome.terminated
                return outcome

            def offered(outcome: SyncOutcome) -> list[str]:
                return after_sync(outcome, application, cluster)

            code = await watched(operate, output, offered)
            # What an earlier run left unfinished had to end first, at its own revision; the exit
            # code is to tell of what this run was asked for.
            return await watched(operate, output, offered) if resumed else code

    return run(work())
