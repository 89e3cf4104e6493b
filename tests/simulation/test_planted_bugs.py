"""Every planted bug is found by its seed, or soon after it.

A story shifts whenever Tenter sends a request more or less, so that a seed may lose the moment in
which its bug shows; another one has it then.
"""

from __future__ import annotations

import pytest

from tests.simulation.planted import BUGS, Bug, find
from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play

SEARCHED = 100


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_the_simulation_finds_a_planted_bug(bug: Bug) -> None:
    seed, check = find(bug, bug.seed, SEARCHED)
    assert seed >= bug.seed, f"not found by the {SEARCHED} seeds from {bug.seed} on"
    assert check


@pytest.mark.parametrize("seed", sorted({bug.seed for bug in BUGS}))
def test_the_same_seed_finds_nothing_without_the_bug(seed: int) -> None:
    assert play(scenario_of(seed)).violation is None


def test_there_are_twenty_planted_bugs_at_least() -> None:
    assert len(BUGS) >= 20
