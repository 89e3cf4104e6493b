"""What a restart finds already ended still counts."""

from __future__ import annotations

from tenter.engine import OperationPhase
from tests.engine.world import DEGRADED, HEALTHY, World, config, job


def test_a_hook_that_failed_before_a_restart_fails_the_stage_after_it() -> None:
    world = World(job("bad", hook="PreSync"), job("slow", hook="PreSync"), config("settings"))
    world.held.update(("bad", "slow"))
    world.run()
    world.outcome("bad", DEGRADED)
    world.crash()
    world.run()
    world.outcome("slow", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert "it broke" in world.end.message
    assert "apply settings" not in world.history


def test_a_hook_that_was_refused_before_a_restart_fails_the_stage_after_it() -> None:
    world = World(job("bad", hook="PreSync"), job("slow", hook="PreSync"), config("settings"))
    world.held.add("slow")
    world.refused["bad"] = "no"
    world.run()
    world.crash()
    world.run()
    world.outcome("slow", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert "apply settings" not in world.history
    assert world.created() == ["slow"]
