"""One seed is one run: the same faults give the same history, byte for byte, in every process.

So a seed that fails is a complete report of what went wrong.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def traced(seed: int, folder: Path, hash_seed: str) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [sys.executable, "-m", "tests.faults.trace", str(seed), str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_a_seed_gives_the_same_history_in_two_processes(tmp_path: Path, seed: int) -> None:
    first = traced(seed, tmp_path / "work", "1")

    assert len(first.strip()) == 64
    assert traced(seed, tmp_path / "work", "2") == first


def test_another_seed_gives_another_history(tmp_path: Path) -> None:
    assert traced(3, tmp_path / "work", "1") != traced(7, tmp_path / "work", "1")
