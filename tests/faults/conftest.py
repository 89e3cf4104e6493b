"""Runs the suite on embedded clusters in virtual time, where everything can be made to fail."""

from __future__ import annotations

import asyncio
import itertools
import random
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.scripting import scripts
from tenter.scripting.in_process import InProcess
from tests.behaviour.application import Application, write_health_scripts
from tests.behaviour.fixtures import MORNING
from tests.behaviour.grounds import EmbeddedGrounds, Grounds
from tests.behaviour.virtual_time import VirtualTimeLoop

Anew = Callable[[], AbstractAsyncContextManager[Application]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
def anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anew:
    """Return what opens an application on a new cluster, for tests that need several."""
    # A child process takes real time, which no timer of the virtual clock would wait for.
    monkeypatch.setattr(scripts, "Worker", InProcess)
    numbers = itertools.count()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Application]:
        loop = asyncio.get_running_loop()
        environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        async with EmbeddedCluster(environment) as embedded, AsyncExitStack() as stack:
            grounds = EmbeddedGrounds(embedded, environment, stack)
            yield Application(
                grounds=grounds,
                folder=folder / "deploy",
                cluster=await grounds.opened(),
                health_scripts=write_health_scripts(folder / "checks"),
            )

    return opened


@pytest.fixture
async def application(anew: Anew) -> AsyncIterator[Application]:
    async with anew() as opened:
        yield opened


@pytest.fixture
async def grounds(application: Application) -> Grounds:
    return application.grounds
