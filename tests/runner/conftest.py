"""A cluster in memory with its controllers and node."""

import random
import time
from collections.abc import AsyncIterator

import pytest
from tests.runner.ground import Ground

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        yield Ground(cluster, Client(cluster.transport(), environment), environment)
