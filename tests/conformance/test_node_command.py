"""``tenter cluster node`` on a control plane that has no node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.io_build import binaries
from conformance.io_control_plane import ControlPlane


@pytest.fixture
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ControlPlane]:
    if request.config.getoption("--cluster") != "real":
        pytest.skip("needs a real control plane: make conformance")
    programs = binaries()
    assert programs is not None
    with ControlPlane(programs, tmp_path) as running:
        yield running


def kubectl(plane: ControlPlane, *arguments: str, given: str = "") -> str:
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig), *arguments]
    done = subprocess.run(
        command, input=given, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def job(name: str, *tolerations: dict[str, str]) -> str:
    return json.dumps(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {
                "template": {
                    "metadata": {
                        "annotations": {"embedded.tenter.dev/outcome": "succeed log=hello"}
                    },
                    "spec": {
                        "restartPolicy": "Never",
                        "tolerations": list(tolerations),
                        "containers": [{"name": "main", "image": "busybox"}],
                    },
                }
            },
        }
    )


def test_a_job_that_tolerates_the_node_runs_and_its_log_is_read(bare: ControlPlane) -> None:
    command = [sys.executable, "-u", "-m", "tenter", "cluster", "node"]
    command += ["--kubeconfig", str(bare.kubeconfig)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        try:
            assert "is ready" in node.stdout.readline()
            kubectl(bare, "create", "-f", "-", given=job("stranger"))
            guest = job("guest", {"key": "tenter.dev/node", "operator": "Exists"})
            kubectl(bare, "create", "-f", "-", given=guest)

            kubectl(bare, "wait", "--for=condition=complete", "job/guest", "--timeout=30s")

            assert kubectl(bare, "logs", "job/guest") == "hello\n"
            active = kubectl(bare, "get", "job/stranger", "-o", "jsonpath={.status.active}")
            assert active == "1"
            assert "tenter.dev/node" in kubectl(bare, "describe", "node", "tenter")
        finally:
            node.terminate()
        assert node.wait(30) == 0
    assert kubectl(bare, "get", "nodes", "-o", "name") == ""
