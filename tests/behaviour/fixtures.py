"""Fixtures of the suites that run on a whole cluster: ``grounds`` and ``application``."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.scripting import scripts
from tenter.scripting.in_process import InProcess
from tests.behaviour.application import Application, write_health_scripts
from tests.behaviour.grounds import EmbeddedGrounds, Grounds

if TYPE_CHECKING:
    from conformance.io_control_plane import ControlPlane

MORNING = 1_767_250_800.0
"""When the tests' world begins, in Unix seconds."""


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> str:
    """The kind of cluster that the behaviours are tried on: ``embedded`` or ``real``."""
    kind: str = request.config.getoption("--cluster")
    return kind


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    from tests.behaviour.real_grounds import running_control_plane

    with running_control_plane(tmp_path_factory.mktemp("control-plane")) as running:
        yield running


@pytest.fixture
async def grounds(
    cluster: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Grounds]:
    if cluster == "real":
        from tests.behaviour.real_grounds import real_grounds

        async with real_grounds(request.getfixturevalue("control_plane")) as real:
            yield real
        return
    # A child process takes real time, which no timer of the virtual clock would wait for.
    monkeypatch.setattr(scripts, "Worker", InProcess)
    loop = asyncio.get_running_loop()
    environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
    async with EmbeddedCluster(environment) as embedded, AsyncExitStack() as stack:
        yield EmbeddedGrounds(embedded, environment, stack)


@pytest.fixture
async def application(grounds: Grounds, tmp_path: Path) -> Application:
    return Application(
        grounds=grounds,
        folder=tmp_path / "deploy",
        cluster=await grounds.opened(),
        health_scripts=write_health_scripts(tmp_path / "checks"),
    )
