"""``tenter controller``: keeps a cluster's Applications as Git wants them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click


@click.command()
@click.option("--kubeconfig", metavar="FILE", help="The kubeconfig of the cluster.")
@click.option("--context", metavar="NAME", help="The kubeconfig's context to use.")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    default="argocd",
    show_default=True,
    help="The namespace of the Applications, their projects and settings.",
)
@click.option(
    "--observe",
    is_flag=True,
    help="Compare and report; apply nothing, and leave every Application's status as it is.",
)
@click.option(
    "--allow-file-repos",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Let Applications name Git repositories of this machine, within DIR.",
)
@click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep clones in DIR; by default in a folder that is gone at the end.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Where to serve /metrics, /healthz, /readyz and /api/webhook; by default "
    "127.0.0.1:8082 if that is free.",
)
@click.option(
    "--allow-exec-command",
    metavar="COMMAND",
    multiple=True,
    help="A program that the Secrets of clusters may have run for credentials; may be repeated.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text")
def controller(
    *,
    kubeconfig: str | None,
    context: str | None,
    namespace: str,
    observe: bool,
    allow_file_repos: Path | None,
    cache: Path | None,
    listen: str | None,
    allow_exec_command: tuple[str, ...],
    log_format: str,
) -> None:
    """Keep the Applications of a cluster as Git wants them, until Ctrl-C.

    It works on Argo CD's own Applications and AppProjects, in place of its application controller
    and repo server. Without a kubeconfig it uses the Pod's own service account.

    \b
    tenter install --crds | kubectl apply -f -
    tenter controller
    """
    from tenter.cli.io_controller import run_controller
    from tenter.cli.io_interrupts import two_step_interrupts
    from tenter.controller.listening import read_address
    from tenter.library import Cluster

    address = read_address(listen) if listen is not None else None

    async def serve() -> None:
        asked = asyncio.Event()
        with two_step_interrupts(asked.set):
            async with Cluster.from_kubeconfig(kubeconfig, context) as cluster:
                await run_controller(
                    cluster,
                    asked,
                    namespace=namespace,
                    observe=observe,
                    file_repositories=allow_file_repos,
                    cache=cache,
                    log_format=log_format,
                    listen=address,
                    allowed_commands=allow_exec_command,
                )

    asyncio.run(serve())
