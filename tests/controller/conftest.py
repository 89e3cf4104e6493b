"""A control plane to try the controller on: in memory and virtual time, or with ``--cluster real``.

On a real one time is real; tests that wait long by the clock are marked ``long`` and left out.
"""

from __future__ import annotations

import asyncio
import random
from asyncio import AbstractEventLoop, SelectorEventLoop
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client, Informers
from tests.behaviour.fixtures import cluster, control_plane
from tests.behaviour.virtual_time import VirtualTimeLoop
from tests.controller.definitions import install
from tests.controller.fleet import NAMESPACE, Fleet, Reached

__all__ = ["cluster", "control_plane"]

MORNING = 1_767_250_800.0


def pytest_asyncio_loop_factories(
    config: pytest.Config,
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    if config.getoption("--cluster") == "real":
        return {"real": SelectorEventLoop}
    return {"virtual": VirtualTimeLoop}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--cluster") != "real":
        return
    for item in items:
        mark = item.get_closest_marker("long")
        if mark is not None:
            item.add_marker(pytest.mark.skip(reason=f"in real time: {mark.args[0]}"))


@pytest.fixture
async def fleet(
    cluster: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        reached: Reached
        if cluster == "real":
            from tests.behaviour.real_grounds import real_grounds

            grounds = await stack.enter_async_context(
                real_grounds(request.getfixturevalue("control_plane"))
            )
            reached, client, environment = grounds, grounds.client, grounds.environment
        else:
            loop = asyncio.get_running_loop()
            environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
            embedded = await stack.enter_async_context(EmbeddedCluster(environment))
            reached, client = embedded, Client(embedded.transport(), environment)
        await install(client)
        informers = await stack.enter_async_context(Informers(client, environment))
        resource = await client.resource("argoproj.io", "Application")
        await informers.watch(resource, NAMESPACE)
        made = Fleet(reached, client, environment, informers, tmp_path)
        if cluster == "real":
            made.at_once = 60.0  # a busy machine takes its time, and no test is to guess how much
        yield made
