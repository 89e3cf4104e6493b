"""The embedded cluster: how soon it is ready, how much it takes, how much it holds."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time

from bench.floor import send_all
from bench.measurement import Measurement
from bench.objects import NAMESPACE, config_map
from bench.served import served_cluster
from tenter.kube import Client, Request
from tenter.kube.building import WriteOptions, create
from tenter.kube.io_http import HttpTransport
from tenter.library.io_environment import real_environment

_CLIENTS = 16
_CREATES = 3_000
_OBJECTS = 10_000

_READY = """
import asyncio, random, time
from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
async def main():
    environment = Environment(now=time.time, random=random.Random())
    async with EmbeddedCluster(environment) as cluster:
        {serve}
        print("ready", flush=True)
asyncio.run(main())
"""

_LIBRARIES = {
    "in memory": "asyncio, msgspec, ssl, yaml",
    "served over HTTPS": "asyncio, msgspec, ssl, yaml, aiohttp.web, cryptography.x509",
}
"""What each kind of cluster must at least have imported."""


def ready() -> list[Measurement]:
    """Start fresh processes until their cluster answers; the floor is the libraries' import."""
    found = []
    for how, serve in (("in memory", ""), ("served over HTTPS", "await cluster.serve()")):
        took = [_seconds_until_line(_READY.format(serve=serve)) for _ in range(5)]
        imports = f"import {_LIBRARIES[how]}; print('ready', flush=True)"
        floors = [_seconds_until_line(imports) for _ in range(5)]
        found.append(
            Measurement(
                name=f"embedded cluster ready, {how}",
                value=statistics.median(took),
                floor=statistics.median(floors),
                goal=0.5,
                note=f"fresh processes, best {min(took):.3f} s; floor: the libraries' import",
            )
        )
    return found


def creates() -> list[Measurement]:
    """ConfigMaps created by 16 HTTPS clients; server and clients are two processes."""
    return asyncio.run(_creates())


async def _creates() -> list[Measurement]:
    async with served_cluster() as cluster:
        environment = real_environment()
        transports = [HttpTransport(cluster.connection, environment) for _ in range(_CLIENTS)]
        try:
            requests = await _creations(Client(transports[0], environment), _CREATES)
            async with asyncio.TaskGroup() as tasks:
                for transport in transports:
                    get = Request(method="GET", path="/version")
                    tasks.create_task(send_all(transport, [get], 1))
            began, cpu = time.perf_counter(), time.process_time()
            async with asyncio.TaskGroup() as tasks:
                for index, transport in enumerate(transports):
                    tasks.create_task(_one_by_one(transport, requests[index::_CLIENTS]))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        finally:
            for transport in transports:
                await transport.aclose()
    return [
        Measurement(
            name="creates by 16 HTTPS clients",
            value=_CREATES / seconds,
            unit="/s",
            goal=1000,
            note=f"{_CREATES:,} ConfigMaps; the clients' own CPU {cpu / seconds:.0%} of a core",
        )
    ]


def memory() -> list[Measurement]:
    """Measure the server's memory with 10,000 ConfigMaps."""
    return asyncio.run(_memory())


async def _memory() -> list[Measurement]:
    async with served_cluster() as cluster:
        transport = HttpTransport(cluster.connection, real_environment())
        try:
            requests = await _creations(Client(transport, real_environment()), _OBJECTS)
            empty = await cluster.resident_memory()
            await send_all(transport, requests, _CLIENTS)
            full = await cluster.resident_memory()
        finally:
            await transport.aclose()
    return [
        Measurement(
            name="memory with 10,000 ConfigMaps",
            value=full,
            unit="MB",
            goal=200,
            note=f"the server's resident memory; {empty:.0f} MB when empty",
        )
    ]


async def _creations(client: Client, count: int) -> list[Request]:
    resource = await client.resource("", "ConfigMap")
    manifests = [config_map(f"item-{i:05}") for i in range(count)]
    return [create(resource, NAMESPACE, manifest, WriteOptions()) for manifest in manifests]


async def _one_by_one(transport: HttpTransport, requests: list[Request]) -> None:
    await send_all(transport, requests, 1)


def _seconds_until_line(code: str) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
    assert line == "ready\n"
    return seconds
