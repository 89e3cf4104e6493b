"""What watching many objects costs this process: seconds until they are listed, and memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from bench.measurement import Measurement
from bench.objects import NAMESPACE, config_map
from bench.served import resident_memory, served_cluster
from tenter.kube import Client, Informers, Resource
from tenter.kube.io_http import HttpTransport
from tenter.library.io_environment import real_environment

_OBJECTS = 10_000
_CLIENTS = 16


def watching() -> list[Measurement]:
    """Watch 10,000 ConfigMaps of another process's cluster, their owners kept."""
    return asyncio.run(_watching())


async def _watching() -> list[Measurement]:
    async with served_cluster(workloads=False) as cluster:
        environment = real_environment()
        transport = HttpTransport(cluster.connection, environment)
        try:
            client = Client(transport, environment)
            config_maps = await client.resource("", "ConfigMap")
            names = iter(range(_OBJECTS))
            async with asyncio.TaskGroup() as tasks:
                for _ in range(_CLIENTS):
                    tasks.create_task(_apply_all(client, config_maps, names))
            async with Informers(client, environment, keep_managed_fields=True) as informers:
                began = time.perf_counter()
                await informers.watch(config_maps, NAMESPACE)
                seconds = time.perf_counter() - began
                memory = resident_memory()
        finally:
            await transport.aclose()
    return [
        Measurement(name="10,000 objects listed over HTTPS", value=seconds),
        Measurement(name="10,000 objects watched", value=memory, unit="MB", goal=120.0),
    ]


async def _apply_all(client: Client, resource: Resource, names: Iterator[int]) -> None:
    for name in names:
        await client.apply(resource, config_map(f"item-{name:05}"))
