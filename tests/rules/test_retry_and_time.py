"""Rules of retries and timeouts."""

from __future__ import annotations

from typing import Any

from tenter.engine import OperationPhase, RetryOptions, SyncOptions, course, planning
from tests.engine.world import DEGRADED, HEALTHY, START, World, config, deployment, job
from tests.rules.registry import rule


def _failing(**retry: Any) -> World:
    world = World(
        job("migrate", hook="PreSync"), config("a"), settings={"retry": RetryOptions(**retry)}
    )
    world.outcomes["migrate"] = DEGRADED
    return world.run()


@rule("RETRY-AGAIN", breaks=lambda patch: patch.setattr(RetryOptions, "limit", 0))
def test_a_failed_operation_starts_again_with_its_hooks_up_to_the_limit() -> None:
    world = _failing(limit=2)
    assert world.end is not None
    assert world.record.phase == "Running"
    world.retry()
    world.retry()
    assert world.created() == ["migrate"] * 3
    assert world.end is not None
    assert world.end.retry_at is None
    assert world.record.phase is OperationPhase.FAILED


@rule("RETRY-BACKOFF", breaks=lambda patch: patch.setattr(RetryOptions, "backoff", lambda *_: 5.0))
def test_the_backoff_grows_up_to_its_maximum() -> None:
    retry = RetryOptions(duration=5.0, factor=2, max_duration=30.0)
    assert [retry.backoff(n) for n in (1, 2, 3, 4, 500)] == [5.0, 10.0, 20.0, 30.0, 30.0]


@rule("RETRY-FOREVER", breaks=lambda patch: patch.setattr(RetryOptions, "limit", 0))
def test_a_negative_limit_is_for_ever() -> None:
    world = _failing(limit=-1)
    for _ in range(12):
        world.retry()
    assert world.end is not None
    assert world.end.retry_at is not None


@rule("RETRY-SAYS", breaks=lambda patch: patch.setattr(course, "failure_message", lambda *_: ""))
def test_the_message_says_which_attempt_follows_and_how_often_it_was_retried() -> None:
    world = _failing(limit=1)
    reason = (
        "one or more synchronization tasks completed unsuccessfully, "
        "reason: batch/Job/migrate: it broke"
    )
    assert world.record.message == f"{reason}. Retrying attempt #1 at 10:13PM."
    world.retry()
    assert world.record.message == f"{reason} (retried 1 times)."


@rule(
    "RETRY-FROM",
    breaks=lambda patch: patch.setattr(RetryOptions, "from_failed_stage", False),
)
def test_a_retry_can_go_on_from_the_failed_stage() -> None:
    retry = RetryOptions(limit=1, from_failed_stage=True)
    world = World(
        job("migrate", hook="PreSync"), job("load", hook="Sync"), settings={"retry": retry}
    )
    world.outcomes["load"] = DEGRADED
    world.run()
    world.outcomes["load"] = HEALTHY
    world.retry()
    assert world.created() == ["migrate", "load", "load"]
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


@rule("TIME-TASK", breaks=lambda patch: patch.setattr(planning, "object_timeout", lambda _: None))
def test_a_hook_or_resource_fails_when_its_own_timeout_has_passed() -> None:
    world = World(job("migrate", hook="PreSync", timeout="90s"), job("clean", hook="SyncFail"))
    world.held.add("migrate")
    world.run()
    assert world.decision.wake_at == START + 90
    world.pass_time(89)
    assert world.end is None
    world.pass_time(1)
    assert world.result("migrate").message == "timed out after 1m30s"
    assert world.created() == ["migrate", "clean"]

    resource = World(deployment("web", timeout="2m"), config("after", wave="1"))
    resource.held.add("web")
    resource.run().pass_time(120)
    assert resource.result("web").message == "timed out after 2m"


@rule("TIME-HOOKS", breaks=lambda patch: patch.setattr(SyncOptions, "hook_timeout", None))
def test_hook_timeout_holds_for_hooks_without_one_of_their_own() -> None:
    world = World(
        job("short", hook="PreSync", timeout="10s"),
        job("long", hook="PreSync"),
        deployment("web"),
        options=["HookTimeout=1m"],
    )
    world.held.update({"short", "long"})
    world.run().pass_time(10)
    assert world.result("short").message == "timed out after 10s"
    assert world.end is None
    world.pass_time(50)
    assert world.result("long").message == "timed out after 1m"


@rule(
    "TIME-SYNC",
    breaks=lambda patch: patch.setattr(course.Course, "_check_sync_timeout", lambda *_: False),
)
def test_sync_timeout_fails_what_runs_and_syncfail_hooks_follow() -> None:
    world = World(
        deployment("web"),
        job("load", hook="Sync", wave="1"),
        job("clean", hook="SyncFail"),
        options=["SyncTimeout=10m"],
    )
    world.held.add("web")
    world.run().pass_time(600)
    assert world.result("web").message == "timed out after 10m"
    assert world.created() == ["clean"]
    assert world.end is not None
    assert "the sync timed out after 10m, waiting for healthy state" in world.end.message


def test_sync_timeout_ends_a_wait_for_a_deletion() -> None:
    hook = job("migrate", hook="PreSync")
    world = World(hook, options=["SyncTimeout=10m"])
    world.put(hook, health=HEALTHY)
    world.slow_deletions = True
    world.run().pass_time(600)
    assert world.end is not None
    assert "waiting for deletion of batch/Job/migrate" in world.end.message
