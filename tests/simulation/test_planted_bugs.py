"""Every planted bug is found by its seed."""

from __future__ import annotations

import pytest

from tests.simulation.planted import BUGS, Bug
from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_the_simulation_finds_a_planted_bug(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    violation = play(scenario_of(bug.seed)).violation
    assert violation is not None
    assert violation.check == bug.check


@pytest.mark.parametrize("seed", sorted({bug.seed for bug in BUGS}))
def test_the_same_seed_finds_nothing_without_the_bug(seed: int) -> None:
    assert play(scenario_of(seed)).violation is None


def test_there_are_twenty_planted_bugs_at_least() -> None:
    assert len(BUGS) >= 20
