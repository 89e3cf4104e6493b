"""A control plane in memory, in virtual time."""

from __future__ import annotations

import asyncio
import random
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client, Informers
from tests.behaviour.virtual_time import VirtualTimeLoop
from tests.controller.definitions import install
from tests.controller.fleet import NAMESPACE, Fleet

MORNING = 1_767_250_800.0


def pytest_asyncio_loop_factories(
    config: pytest.Config,
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    del config
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    loop = asyncio.get_running_loop()
    environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        client = Client(cluster.transport(), environment)
        await install(client)
        async with Informers(client, environment) as informers:
            made = Fleet(cluster, client, environment, informers, tmp_path)
            for kind in ("Application",):
                resource = await client.resource("argoproj.io", kind)
                await informers.watch(resource, NAMESPACE)
            yield made
