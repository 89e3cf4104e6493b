"""What kubectl prints on the embedded cluster is what it printed on a real one.

The transcripts were recorded on a real control plane; with ``--cluster real`` they are played there
again, which shows that they still hold.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from conformance.io_build import binaries
from conformance.io_control_plane import ControlPlane
from conformance.io_kubectl import RELEASE, Shell, find_kubectl
from conformance.io_transcripts import load, names, real_shell
from conformance.transcripts import write_transcript

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shell]:
    place = tmp_path_factory.mktemp("kubectl")
    if request.config.getoption("--cluster") == "real":
        programs = binaries()
        if programs is None:
            pytest.fail("the control plane is not built: run `make controlplane`")
        with ControlPlane(programs, place / "plane") as plane:
            async with real_shell(plane, place / "home") as real:
                yield real
        return
    kubectl = find_kubectl()
    if kubectl is None:
        pytest.skip(f"there is no kubectl {RELEASE}x: build one by `make controlplane`")
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        await cluster.serve()
        yield Shell(kubectl, cluster.kubeconfig(), place / "home")


@pytest.mark.parametrize("name", names())
async def test_kubectl_prints_what_it_did_when_it_was_recorded(shell: Shell, name: str) -> None:
    transcript = load(name)

    played = transcript.with_outputs(await shell.play(transcript))

    assert write_transcript(played) == write_transcript(transcript)
