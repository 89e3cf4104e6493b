"""The command as a process of its own: signals, closed pipes, what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HANGING = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  template:
    metadata:
      annotations: {embedded.tenter.dev/outcome: hang}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: migrate}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "migrate.yaml").write_text(HANGING)
    return folder


@contextmanager
def tenter(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tenter", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], wanted: str) -> str:
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if wanted in line:
            return told
    raise AssertionError(f"{wanted!r} was never said, but:\n{told}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_operation_cleanly_and_says_so(shop: Path, number: int) -> None:
    with tenter("sync", str(shop), "--embedded") as process:
        read_until(process, "waiting for completion of hook")
        process.send_signal(number)
        told, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "terminating" in told
    assert "Operation terminated" in told
    assert "Traceback" not in complaints


def test_a_second_interrupt_leaves_at_once_and_without_a_traceback(shop: Path) -> None:
    with tenter("sync", str(shop), "--embedded") as process:
        read_until(process, "waiting for completion of hook")
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGTERM)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in complaints


def test_a_sync_whose_reader_leaves_goes_on_to_its_end(shop: Path) -> None:
    (shop / "migrate.yaml").write_text(HANGING.replace("hang", "succeed after=0.5"))
    with tenter("sync", str(shop), "--embedded") as process:
        read_until(process, "in namespace default")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        complaints = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert "BrokenPipe" not in complaints
    assert "Traceback" not in complaints


def test_help_into_a_closed_pipe_is_quiet() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tenter", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1
