"""A real control plane whose objects nobody but the tests writes to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from conformance.both import Both, both
from conformance.io_build import binaries
from conformance.io_control_plane import NO_WORKLOADS, ControlPlane


@pytest.fixture(scope="session")
def plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    if request.config.getoption("--cluster") != "real":
        pytest.skip("compares with a real control plane: make conformance")
    programs = binaries()
    if programs is None:
        pytest.fail("the control plane is not built: run `make controlplane`")
    place = tmp_path_factory.mktemp("control-plane")
    with ControlPlane(programs, place, controllers=NO_WORKLOADS) as running:
        yield running


@pytest.fixture
async def clusters(plane: ControlPlane) -> AsyncIterator[Both]:
    async with both(plane) as running:
        yield running
