"""Seeds that once found a bug of Tenter, each under what it was."""

from __future__ import annotations

import pytest

from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play

FOUND = {
    45: "an object in which two hooks live was deleted before the second was released",
    96: "a runner that woke before it had loaded the state began a sync of its own",
    458: "a controller of the cluster ran in circles on a stale view",
    105: "the finalizer stayed where a release fell into an outage of some seconds",
    1106: "a restart after the sync's time was up left the PostSync hooks as they were",
    1382: "a restart at a gate that would not open left the PostSync hooks as they were",
    568: "a runner that woke renewed a Lease that was gone, and saved over another's result",
    3263: "a hook that a woken runner made late was timed out as it was found",
    2533: "a hook whose place an unsaved result held woke the engine without end in an outage",
    3041: "a hook was timed out as it was created, its time counted from before a crash",
    4316: "an end that was asked for while no process was there was forgotten by the next one",
    1591: "a Job whose Pods were orphaned by its deletion was waited for for ever",
}


@pytest.mark.parametrize("seed", FOUND, ids=FOUND.values())
def test_what_was_wrong_once_stays_right(seed: int) -> None:
    assert play(scenario_of(seed)).violation is None
