"""``tenter demo``: the guided tour."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--example",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The example to play; by default the shop that comes with Tenter.",
)
def demo(*, example: Path | None) -> int:
    """See hooks at work: a shop's life in six acts, on a cluster inside this process.

    A first deploy, a second revision, a migration that fails, the fix, a rollback, and deletion;
    from a temporary Git repository, with real processes and a local Slack. It needs git, takes
    less than a minute, and leaves nothing running.

    \b
    tenter demo
    """
    from tenter.cli.demo.tour import play
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.library.io_environment import real_environment

    return run(play(Terminal(), example, real_environment().now))
