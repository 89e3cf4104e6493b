"""What a command says on standard error before it begins, for people; data output stays clean."""

from __future__ import annotations

import click

from tenter.cli.flags import ClusterChoice


def unrun_containers(cluster: ClusterChoice) -> None:
    """Say that an embedded cluster refuses to run the containers' commands, where it does."""
    if cluster.embedded and not cluster.run_processes and not cluster.data:
        click.echo(
            "note: the embedded cluster does not run hook commands, it only plays their success; "
            "--run-processes runs them as processes of this machine.",
            err=True,
        )
