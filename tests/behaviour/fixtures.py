"""Fixtures of the suites that run on a whole cluster: ``grounds`` and ``application``."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.scripting import scripts
from tenter.scripting.in_process import InProcess
from tests.behaviour.application import Application, write_health_scripts
from tests.behaviour.grounds import Grounds

MORNING = 1_767_250_800.0
"""When the tests' world begins, in Unix seconds."""


@pytest.fixture(params=["embedded"])
def cluster(request: pytest.FixtureRequest) -> str:
    """The kinds of cluster that every behaviour is tried on."""
    kind: str = request.param
    return kind


@pytest.fixture
async def grounds(cluster: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Grounds]:
    assert cluster == "embedded"
    # A child process takes real time, which no timer of the virtual clock would wait for.
    monkeypatch.setattr(scripts, "Worker", InProcess)
    loop = asyncio.get_running_loop()
    environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
    async with EmbeddedCluster(environment) as embedded, AsyncExitStack() as stack:
        yield Grounds(embedded, environment, stack)


@pytest.fixture
async def application(grounds: Grounds, tmp_path: Path) -> Application:
    return Application(
        grounds=grounds,
        folder=tmp_path / "deploy",
        cluster=await grounds.opened(),
        health_scripts=write_health_scripts(tmp_path / "checks"),
    )
