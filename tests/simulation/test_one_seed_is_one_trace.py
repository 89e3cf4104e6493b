"""A seed is a complete bug report: it gives the same trace in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.minimising import minimised, without
from tests.simulation.planted import BUGS
from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play

ROOT = Path(__file__).parents[2]
_PROGRAM = """
from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play
for seed in (3, 7, 45, 96, 126, 312):
    print(seed, play(scenario_of(seed)).trace)
"""


def traces(hash_seed: str) -> str:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout


def test_one_seed_gives_one_trace_in_two_processes() -> None:
    first = traces("1")
    assert first.count("\n") == 6
    assert traces("2") == first


def test_telling_the_story_does_not_change_it() -> None:
    scenario = scenario_of(7)
    assert play(scenario, tell=True).trace == play(scenario).trace


def test_a_failing_seed_is_cut_down_and_still_fails_the_same_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug = next(bug for bug in BUGS if bug.name == "waves are ignored")
    bug.plant(monkeypatch)
    scenario = scenario_of(bug.seed)
    smaller = without(scenario, minimised(scenario, bug.check))
    violation = play(smaller).violation
    assert violation is not None
    assert violation.check == bug.check
    assert len(smaller.parts) < len(scenario.parts)
