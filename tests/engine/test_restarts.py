"""What a restart finds already ended still counts."""

from __future__ import annotations

from tenter.engine import OperationPhase
from tests.engine.world import DEGRADED, HEALTHY, PROGRESSING, START, World, config, job


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


def test_a_hooks_time_counts_from_its_creation_not_from_before_the_crash() -> None:
    world = World(job("migrate", hook="PreSync", timeout="10s"))
    world.held.add("migrate")
    world.run(until=lambda world: bool(world.record.hooks) and world.saves > 0)
    assert not world.created()
    world.now += 60
    world.crash()
    world.run()
    assert world.created() == ["migrate"]
    assert world.goes_on()
    world.pass_time(9)
    assert world.goes_on()
    world.pass_time(1)
    assert world.end is not None
    assert "timed out after 10s" in world.end.message


def test_a_hook_that_is_found_has_its_time_from_when_the_server_made_it() -> None:
    world = World(job("migrate", hook="PreSync", timeout="10s"))
    world.held.add("migrate")
    world.run(until=lambda world: bool(world.record.hooks) and world.saves > 0)
    task = world.task("migrate")
    world.put(
        {**(task.manifest or {})}, attempt="op.0.PreSync", health=PROGRESSING, created_at=START + 59
    )
    world.now += 60
    world.crash()
    world.run()
    assert world.goes_on()
    world.pass_time(9)
    assert world.end is not None
    assert "timed out after 10s" in world.end.message


def test_a_deadline_that_nothing_can_be_done_about_wakes_nobody() -> None:
    world = World(job("clean", hook="PreSync,SyncFail", policy="HookFailed", timeout="10s"))
    world.outcomes["clean"] = DEGRADED
    world.run(until=lambda world: bool(world.created()))
    world.save_blocked = True
    world.run()
    for _ in range(3):
        world.pass_time(60)
        assert world.goes_on()
        assert world.decision.wake_at is None or world.decision.wake_at > world.now
    world.save_blocked = False
    world.run()
    assert world.end is not None


def test_a_hook_whose_end_is_seen_together_with_its_deadline_did_not_time_out() -> None:
    world = World(job("migrate", hook="PreSync", timeout="10s"))
    world.held.add("migrate")
    world.run()
    live = world.live("migrate")
    assert live is not None
    world.change(live, health=HEALTHY)
    world.pass_time(11)
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED
