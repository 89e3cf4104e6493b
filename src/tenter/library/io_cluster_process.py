"""An embedded cluster that serves others: what a background process runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from tenter.library.io_environment import real_environment
from tenter.library.io_presence import Presence, announce, claimed


@contextlib.asynccontextmanager
async def served_cluster(data: Path, *, run_processes: bool, port: int) -> AsyncIterator[str]:
    """Run the cluster in ``data``, listening on loopback; yield its address when it is ready.

    ``port`` 0 is any free one. Raises StateError where another process runs it.
    """
    from tenter.embedded import EmbeddedCluster  # noqa: PLC0415 - a whole API server

    environment = real_environment()
    with claimed(data):
        async with EmbeddedCluster(environment, run_processes=run_processes, data=data) as cluster:
            url = await cluster.serve(port=port)
            announce(
                data,
                Presence(
                    process=os.getpid(),
                    url=url,
                    started_at=environment.now(),
                    run_processes=run_processes,
                    kubeconfig=cluster.kubeconfig(),
                ),
            )
            yield url
