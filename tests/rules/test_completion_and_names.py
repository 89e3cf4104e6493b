"""Rules of how a hook completes, and what it is called."""

from __future__ import annotations

from tenter.engine import Attempt, planning, stage_run
from tenter.engine.judging import Verdict
from tenter.engine.record import TaskPhase
from tenter.health import Health, HealthStatus
from tenter.hooks import hook_name, naming
from tests.engine.world import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    START,
    SUSPENDED,
    World,
    config,
    job,
)
from tests.rules.registry import Break, rule


def _judged(phase: TaskPhase) -> Break:
    return lambda patch: patch.setattr(stage_run, "judge_hook", lambda _: Verdict(phase))


def _with_health(health: Health) -> World:
    world = World(job("migrate", hook="PreSync"))
    world.outcomes["migrate"] = health
    return world.run()


@rule("DONE-HEALTHY", breaks=_judged(TaskPhase.RUNNING))
def test_a_hook_that_is_healthy_or_has_no_health_check_has_succeeded() -> None:
    assert _with_health(HEALTHY).result("migrate").hook_phase == "Succeeded"
    unchecked = World(config("marker", hook="PreSync")).run()
    assert unchecked.result("marker").hook_phase == "Succeeded"


@rule("DONE-DEGRADED", breaks=_judged(TaskPhase.SUCCEEDED))
def test_a_hook_that_is_degraded_or_unknown_has_failed() -> None:
    for health in (DEGRADED, Health(HealthStatus.UNKNOWN)):
        world = _with_health(health)
        assert world.result("migrate").hook_phase == "Failed"
        assert world.end is not None
        assert world.end.phase == "Failed"


@rule("DONE-RUNNING", breaks=_judged(TaskPhase.SUCCEEDED))
def test_a_hook_that_is_progressing_or_suspended_runs() -> None:
    for health in (PROGRESSING, SUSPENDED):
        world = _with_health(health)
        assert world.end is None
        assert world.result("migrate").hook_phase == "Running"


@rule(
    "NAME-GENERATED",
    breaks=lambda patch: patch.setattr(
        planning,
        "hook_name",
        lambda prefix, revision, phase, _: hook_name(prefix, revision, phase, 0),
    ),
)
def test_a_generated_name_tells_the_revision_the_phase_and_the_attempts_start() -> None:
    world = World(job(generate_name="migrate-", hook="PreSync"), revision="abcdef0123").run()
    assert world.created() == [f"migrate-abcdef0-presync-{START}"]


@rule("NAME-CUT", breaks=lambda patch: patch.setattr(naming, "MAX_NAME", 80))
def test_a_long_prefix_is_cut_so_that_the_name_fits() -> None:
    world = World(job(generate_name="x" * 60 + "-", hook="PostSync"), revision="abcdef0123").run()
    (name,) = world.created()
    assert len(name) == 63
    assert name.endswith(f"abcdef0-postsync-{START}")


@rule(
    "NAME-HASH",
    breaks=lambda patch: patch.setattr(planning, "_with_revision", lambda attempt, _: attempt),
)
def test_without_a_revision_a_hash_of_the_manifests_takes_its_place() -> None:
    def name(*others: object) -> str:
        world = World(job(generate_name="migrate-", hook="PreSync"), *others, revision="")  # type: ignore[arg-type]
        return world.run().created()[0]

    assert name() == name()
    assert name() != name(config("more"))
    assert len(name()) == len(f"migrate-1234567-presync-{START}")


@rule(
    "NAME-TWINS",
    breaks=lambda patch: patch.setattr(planning, "_with_distinct_names", lambda hooks: hooks),
)
def test_two_hooks_with_one_generated_name_both_run() -> None:
    twin = {"generate_name": "notify-", "hook": "PostSync"}
    world = World(job(**twin), job(**twin), revision="abcdef0123").run()
    first = f"notify-abcdef0-postsync-{START}"
    assert sorted(world.created()) == [first, f"{first}-2"]


@rule(
    "NAME-KEPT",
    breaks=lambda patch: patch.setattr(
        planning, "_with_distinct_names", lambda hooks: [planning._renamed(h, "-2") for h in hooks]
    ),
)
def test_a_hook_with_a_name_keeps_it() -> None:
    assert World(job("migrate", hook="PreSync")).run().created() == ["migrate"]


@rule(
    "NAME-EXISTING",
    breaks=lambda patch: patch.setattr(
        Attempt, "_see", lambda self, sighting: self._situation.live.pop(sighting.key, None)
    ),
)
def test_a_named_hook_without_before_hook_creation_is_applied_over_what_exists() -> None:
    hook = job("migrate", hook="PreSync", policy="HookFailed")
    world = World(hook)
    world.put(hook, health=HEALTHY, attempt="earlier")
    world.run()
    assert world.created() == []
    assert "apply over migrate" in world.history
    assert world.result("migrate").hook_phase == "Succeeded"
