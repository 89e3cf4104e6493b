"""A restart during PostSync does not stop at the gate before it, since hooks already run."""

from __future__ import annotations

import pytest

from tenter.engine import OperationPhase, TaskPhase
from tests.engine.world import DEGRADED, HEALTHY, World, deployment, job


def in_post_sync(*options: str) -> World:
    """Return a world whose process died while its PostSync hook ran."""
    world = World(deployment("web"), job("smoke", hook="PostSync"), options=options)
    world.held.add("smoke")
    world.run()
    assert world.created() == ["smoke"]
    return world


def test_hooks_that_run_are_ended_when_the_syncs_time_is_up_after_a_restart() -> None:
    world = in_post_sync("SyncTimeout=60s")
    world.now += 100
    world.crash()
    world.run()
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert world.result("smoke").hook_phase is TaskPhase.FAILED
    assert "release smoke" in world.history


@pytest.mark.parametrize("health", [HEALTHY, DEGRADED])
def test_hooks_that_run_are_awaited_whatever_became_of_the_resources(health: object) -> None:
    world = in_post_sync()
    live = world.live("web")
    assert live is not None
    live.health = DEGRADED
    world.crash()
    world.run()
    assert world.goes_on()
    world.outcome("smoke", health)  # type: ignore[arg-type]
    assert world.end is not None
    assert "release smoke" in world.history
