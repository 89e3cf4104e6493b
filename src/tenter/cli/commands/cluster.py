"""``tenter cluster``: an embedded Kubernetes cluster that stays between commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tenter.cli.flags import output_flag
from tenter.cli.formats import Format, render_item
from tenter.cli.lazy_group import Entry, LazyGroup
from tenter.errors import StateError, TenterError


@click.group(
    cls=LazyGroup,
    entries={
        "start": Entry(f"{__name__}:start", "Start a cluster and return when it is ready."),
        "stop": Entry(f"{__name__}:stop", "Stop it and everything it runs."),
        "status": Entry(f"{__name__}:status", "Say whether it runs, and where."),
        "kubeconfig": Entry(f"{__name__}:kubeconfig", "Print a kubeconfig for kubectl."),
        "node": Entry(f"{__name__}:node", "Be the node of a cluster that has none."),
        "run": Entry(f"{__name__}:run", "Run it in this process until Ctrl-C."),
    },
)
def cluster() -> None:
    """Run an embedded Kubernetes cluster that stays.

    \b
    tenter cluster start --data ./cluster
    tenter cluster kubeconfig --data ./cluster > kubeconfig
    kubectl --kubeconfig kubeconfig get pods
    tenter cluster stop --data ./cluster
    """


def _data_flag(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--data",
        metavar="DIR",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder that the cluster lives in.",
    )(command)


@click.command()
@_data_flag
@click.option("--run-processes", is_flag=True, help="Run containers as processes of this machine.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port to listen on, on loopback; by default any free one.",
)
def start(data: Path, run_processes: bool, port: int) -> None:
    """Start a cluster in the background and return when it is ready.

    Its objects are kept in DIR, and are there again after a stop and a start.

    \b
    tenter cluster start --data ./cluster --run-processes
    """
    from tenter.cli.io_background import start_process
    from tenter.library.io_presence import kubeconfig_path, running_in

    data = data.absolute()
    already = running_in(data)
    if already is not None:
        raise StateError(
            f"a cluster already runs in {data}, at {already.url}. Use it, or stop it with: "
            f"tenter cluster stop --data {data}"
        )
    presence = start_process(data, run_processes=run_processes, port=port)
    click.echo(f"The cluster is ready at {presence.url} (process {presence.process}).")
    click.echo(f"  export KUBECONFIG={kubeconfig_path(data)}")
    if not run_processes:
        click.echo("  Containers are played by a script; --run-processes runs them for real.")


@click.command()
@_data_flag
def stop(data: Path) -> None:
    """Stop the cluster and everything it runs; its objects stay in DIR.

    \b
    tenter cluster stop --data ./cluster
    """
    from tenter.cli.io_background import stop_process

    stopped = stop_process(data.absolute())
    click.echo("The cluster is stopped." if stopped else f"No cluster runs in {data}.")


@click.command()
@_data_flag
@output_flag
def status(data: Path, output: Format) -> int:
    """Say whether a cluster runs in DIR, and where; exit code 1 where none does.

    \b
    tenter cluster status --data ./cluster
    """
    from tenter.library.io_presence import running_in

    presence = running_in(data.absolute())
    if output is not Format.TEXT:
        item: dict[str, Any] = {"running": presence is not None}
        if presence is not None:
            item["process"] = presence.process
            item["url"] = presence.url
            item["startedAt"] = presence.started_at
            item["runProcesses"] = presence.run_processes
        click.echo(render_item(item, output), nl=False)
    elif presence is None:
        click.echo(f"No cluster runs in {data}.")
    else:
        how = "as processes" if presence.run_processes else "by a script"
        click.echo(f"running at {presence.url} (process {presence.process}), containers {how}")
    return 0 if presence is not None else 1


@click.command()
@_data_flag
def kubeconfig(data: Path) -> None:
    """Print a kubeconfig for the cluster that runs in DIR. It holds a secret token.

    \b
    tenter cluster kubeconfig --data ./cluster > kubeconfig
    """
    from tenter.library.io_presence import running_in

    presence = running_in(data.absolute())
    if presence is None:
        raise StateError(
            f"no cluster runs in {data}. Start one with: tenter cluster start --data {data}"
        )
    click.echo(presence.kubeconfig, nl=not presence.kubeconfig.endswith("\n"))


@click.command()
@click.option("--kubeconfig", metavar="FILE", help="The kubeconfig of the cluster.")
@click.option("--context", metavar="NAME", help="The kubeconfig's context to use.")
@click.option(
    "--name", metavar="NAME", default="tenter", show_default=True, help="The node's name."
)
@click.option("--run-processes", is_flag=True, help="Run containers as processes of this machine.")
def node(kubeconfig: str | None, context: str | None, name: str, run_processes: bool) -> None:
    """Be the node of a cluster that has an API server and controllers, but no node.

    Only Pods that tolerate the taint tenter.dev/node run on it; a cluster with other nodes is
    refused. Containers are played by a script, unless --run-processes is given. Ends with Ctrl-C,
    and takes the node with it.

    \b
    tenter cluster node --kubeconfig ./control-plane
    """

    async def serve() -> None:
        from tenter.cli.io_interrupts import two_step_interrupts
        from tenter.library import Cluster
        from tenter.library.io_node import running_node

        asked = asyncio.Event()
        with two_step_interrupts(asked.set):
            async with (
                Cluster.from_kubeconfig(kubeconfig, context) as cluster,
                running_node(cluster, name=name, run_processes=run_processes) as taint,
            ):
                click.echo(f"The node {name} is ready on {cluster.description}; Ctrl-C ends it.")
                click.echo(f"  It runs Pods that tolerate the taint {taint}.")
                await asked.wait()

    asyncio.run(serve())


@click.command()
@_data_flag
@click.option("--run-processes", is_flag=True, help="Run containers as processes of this machine.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on.")
@click.option("--ready-descriptor", type=int, default=None, hidden=True)
def run(data: Path, run_processes: bool, port: int, ready_descriptor: int | None) -> None:
    """Run the cluster in this process until it is told to stop.

    \b
    tenter cluster run --data ./cluster
    """
    from tenter.cli.io_background import tell_ready

    told = ready_descriptor is None

    async def serve() -> None:
        nonlocal told
        from tenter.cli.io_interrupts import two_step_interrupts
        from tenter.library.io_cluster_process import served_cluster

        asked = asyncio.Event()
        with two_step_interrupts(asked.set):
            async with served_cluster(data, run_processes=run_processes, port=port) as url:
                if ready_descriptor is not None:
                    tell_ready(ready_descriptor)
                    told = True
                else:
                    click.echo(f"The cluster is ready at {url}; Ctrl-C stops it.")
                await asked.wait()

    try:
        asyncio.run(serve())
    except TenterError as error:
        if not told and ready_descriptor is not None:
            tell_ready(ready_descriptor, error)
        raise
