"""The embedded cluster's node on a cluster that has an API server and controllers, but no node."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from tenter.library.cluster import Cluster


@contextlib.asynccontextmanager
async def running_node(cluster: Cluster, *, name: str, run_processes: bool) -> AsyncIterator[str]:
    """Run a node called ``name`` on the open ``cluster`` while the block lasts; yield its taint.

    It takes only Pods that tolerate the taint, plays their outcomes or runs them as local
    processes, and answers the API server for their logs on loopback. Raises UsageError on a cluster
    that has other nodes.
    """
    from tenter.embedded.node import FOREIGN, Behaviour, Node  # noqa: PLC0415 - all of the node
    from tenter.embedded.node.io_kubelet import serve_kubelet  # noqa: PLC0415 - imports aiohttp

    behaviour: Behaviour | None = None
    if run_processes:
        from tenter.embedded.node.io_processes import (  # noqa: PLC0415 - not without being asked
            ProcessBehaviour,
        )

        behaviour = ProcessBehaviour(cluster.environment)
    node = Node(cluster.client, cluster.environment, name, behaviour, taint=FOREIGN)
    async with node, serve_kubelet(node, cluster.environment.now):
        yield f"{FOREIGN.key}:{FOREIGN.effect}"
