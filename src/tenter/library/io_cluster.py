"""Opens clusters: reads a kubeconfig and connects, or assembles an embedded cluster.

Everything heavy (HTTP, TLS, the embedded cluster) is imported here, when it is needed.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from tenter.environment import Environment
from tenter.kube.requests import Transport
from tenter.library.io_presence import claimed, kubeconfig_path, running_in


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An open cluster: how to reach it, its default namespace, and what to call it."""

    transport: Transport
    namespace: str
    description: str


async def open_kubeconfig(
    environment: Environment,
    stack: AsyncExitStack,
    path: str | Path | None,
    context: str | None,
) -> Opened:
    """Connect to the cluster of a kubeconfig. Raises KubeconfigError."""
    from tenter.kube.io_http import HttpTransport  # noqa: PLC0415 - imports aiohttp
    from tenter.kube.io_kubeconfig import find_connection  # noqa: PLC0415

    connection = find_connection(path, context)
    transport = HttpTransport(connection, environment)
    stack.push_async_callback(transport.aclose)
    return Opened(transport=transport, namespace=connection.namespace, description=str(connection))


async def open_embedded(
    environment: Environment,
    stack: AsyncExitStack,
    *,
    run_processes: bool,
    data: Path | None,
) -> Opened:
    """Assemble an embedded cluster, or connect to the one that runs in ``data``.

    Raises StateError where another process holds ``data`` and serves nobody.
    """
    if data is not None:
        if running_in(data) is not None:
            return await open_kubeconfig(environment, stack, kubeconfig_path(data), None)
        stack.enter_context(claimed(data))
    from tenter.embedded import EmbeddedCluster  # noqa: PLC0415 - a whole API server

    cluster = await stack.enter_async_context(
        EmbeddedCluster(environment, run_processes=run_processes, data=data)
    )
    return Opened(
        transport=cluster.transport(), namespace="default", description="the embedded cluster"
    )
