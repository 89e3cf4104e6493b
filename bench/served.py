"""An embedded cluster in a process of its own: ``python -m bench.served``.

It prints its kubeconfig as one line of JSON when it is ready, then answers each line on standard
input with its memory, and ends when that closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tenter.kube.kubeconfig import Connection, connection, merge
from tenter.library.io_environment import real_environment

_PAGES = 4096
_ALONE = "--without-workloads"


class ServedCluster:
    """The other process, seen from this one."""

    def __init__(self, process: asyncio.subprocess.Process, kubeconfig: str) -> None:
        self._process = process
        self.kubeconfig = kubeconfig

    @property
    def connection(self) -> Connection:
        """How to reach the cluster."""
        return connection(merge([("bench", self.kubeconfig)]))

    async def resident_memory(self) -> float:
        """Return the process's resident memory in MB."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        await self._process.stdin.drain()
        return float(await self._process.stdout.readline())


@asynccontextmanager
async def served_cluster(*, workloads: bool = True) -> AsyncIterator[ServedCluster]:
    """Run a cluster in another process for the length of the block.

    Without ``workloads`` it is an API server alone: no controllers, no node.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.served",
        *([] if workloads else [_ALONE]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        kubeconfig = msgspec.json.decode(await process.stdout.readline(), type=str)
        yield ServedCluster(process, kubeconfig)
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    from tenter.embedded import EmbeddedCluster  # noqa: PLC0415 - only the server needs it

    workloads = _ALONE not in sys.argv
    async with EmbeddedCluster(real_environment(), workloads=workloads) as cluster:
        await cluster.serve()
        print(json.dumps(cluster.kubeconfig()), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(resident_memory(), flush=True)


def resident_memory() -> float:
    """Return this process's resident memory in MB, as the kernel counts it."""
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return resident * _PAGES / 1e6


if __name__ == "__main__":
    asyncio.run(_serve())
