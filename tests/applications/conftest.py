"""A cluster in memory with its controllers and node, and an application to sync."""

import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.applications.shop import Shop

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        client = Client(cluster.transport(), environment)
        yield Shop(cluster, client, environment, tmp_path / "shop")
