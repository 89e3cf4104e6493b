"""``tenter logs``: what the hooks of the last operation said; it outlives the hooks."""

from __future__ import annotations

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
from tenter.errors import UsageError

if TYPE_CHECKING:
    from tenter.library import Report


@click.command()
@click.argument("hook", required=False)
@application_flags
@cluster_flags
@output_flag
def logs(
    *,
    hook: str | None,
    application: ApplicationChoice,
    cluster: ClusterChoice,
    output: Format,
) -> None:
    """Print what the hooks of the last operation said, or HOOK alone.

    It comes from the kept report, so it is there also when a delete policy took the hook away.
    HOOK is a name, or the beginning of one.

    \b
    tenter logs --app shop
    tenter logs --app shop schema-migrate
    """
    import msgspec

    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.logs import chosen_hooks, log_lines

    async def work() -> Report:
        async with cluster.cluster() as opened:
            return await library.logs(application.name, cluster=opened, **application.place())

    report = run(work())
    chosen = chosen_hooks(report, hook)
    if hook is not None and not chosen:
        names = sorted({one.key.name for _, one in chosen_hooks(report, None)})
        ran = f"Its hooks were: {', '.join(names)}." if names else "It ran no hooks."
        raise UsageError(f"the last operation has no hook {hook}. {ran}")
    terminal = Terminal()
    if output is Format.TEXT:
        lines = log_lines(chosen)
        terminal.print(lines)
        if not lines:
            terminal.write("The last operation ran no hooks.\n")
        return
    for attempt, one in chosen:
        terminal.write(render_item({"attempt": attempt.number, **msgspec.to_builtins(one)}, output))
