"""Rules of order: waves, kinds, and what is awaited."""

from __future__ import annotations

import pytest

from tenter.engine import course, judging, planning, stage_run
from tenter.engine.judging import Verdict
from tenter.engine.record import OperationPhase, TaskPhase
from tenter.engine.tasks import Stage
from tenter.errors import WaveError
from tenter.health import Health, HealthStatus
from tenter.hooks import reading
from tests.engine.world import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    World,
    config,
    deployment,
    job,
    manifest,
)
from tests.rules.registry import rule

SUCCEEDED = Verdict(TaskPhase.SUCCEEDED)


def applied(world: World) -> list[str]:
    return [line.removeprefix("apply ") for line in world.history if line.startswith("apply ")]


def crd() -> dict[str, object]:
    definition = manifest(
        "CustomResourceDefinition", "widgets.acme.dev", group="apiextensions.k8s.io", namespace=""
    )
    definition["spec"] = {"group": "acme.dev", "names": {"kind": "Widget"}}
    return definition


def _never_awaited(patch: pytest.MonkeyPatch) -> None:
    make = planning.stage_of
    patch.setattr(
        planning, "stage_of", lambda key, tasks, **_: make(key, tasks, awaits_resources=False)
    )


def _always_awaited(patch: pytest.MonkeyPatch) -> None:
    make = planning.stage_of
    patch.setattr(
        planning, "stage_of", lambda key, tasks, **_: make(key, tasks, awaits_resources=True)
    )


@rule("ORDER-WAVE", breaks=lambda patch: patch.setattr(planning, "read_wave", lambda *_: 0))
def test_waves_run_in_ascending_order() -> None:
    world = World(config("a", wave="5"), config("b"), config("c", wave="-1")).run()
    assert applied(world) == ["c", "b", "a"]


@rule("ORDER-WAVE-TEXT", breaks=lambda patch: patch.setattr(reading, "SYNC_WAVE", "elsewhere"))
def test_a_wave_that_is_not_an_integer_is_refused() -> None:
    with pytest.raises(WaveError, match='is "first", which is not an integer'):
        World(config("a", wave="first"))


@rule("ORDER-KIND", breaks=lambda patch: patch.setattr(planning, "kind_rank", lambda _: 0))
def test_kinds_of_a_wave_run_in_their_fixed_order() -> None:
    world = World(
        deployment("a"),
        manifest("Service", "b"),
        config("c"),
        manifest("ServiceAccount", "d"),
        manifest("Namespace", "e", namespace=""),
    ).run()
    assert applied(world) == ["e", "d", "c", "b", "a"]


@rule(
    "ORDER-AT-ONCE",
    breaks=lambda patch: patch.setattr(
        planning,
        "stage_of",
        lambda key, tasks, awaits_resources: Stage(
            key=key, groups=tuple((task,) for task in tasks), awaits_resources=awaits_resources
        ),
    ),
)
def test_all_objects_of_one_kind_are_applied_at_once() -> None:
    world = World(config("a"), config("b"), config("c"))
    world.start()
    world.run(until=lambda world: len(world.decision.actions) > 1)
    assert len(world.decision.actions) == 3


@rule("ORDER-NAMESPACE", breaks=lambda patch: patch.setattr(planning, "_provided", lambda _: ""))
def test_a_namespace_moves_before_the_first_object_in_it() -> None:
    space = manifest("Namespace", "data", namespace="", wave="9")
    world = World(space, job("migrate", namespace="data", hook="PreSync", wave="-1")).run()
    assert world.history.index("apply data") < world.history.index("create migrate")


@rule("ORDER-CRD", breaks=lambda patch: patch.setattr(planning, "_provided", lambda _: ""))
def test_a_crd_moves_before_the_first_object_of_its_kind() -> None:
    definition = crd()
    definition["metadata"]["annotations"] = {"argocd.argoproj.io/sync-wave": "3"}  # type: ignore[index]
    world = World(definition, manifest("Widget", "w", group="acme.dev")).run()
    assert applied(world) == ["widgets.acme.dev", "w"]


@rule("ORDER-CRD-READY", breaks=lambda patch: patch.setattr(stage_run, "_CRD", "none"))
def test_a_crd_is_established_before_the_next_kind_begins() -> None:
    world = World(crd(), manifest("Widget", "w", group="acme.dev"))
    world.held.add("widgets.acme.dev")
    world.run()
    assert applied(world) == ["widgets.acme.dev"]
    world.outcome("widgets.acme.dev", HEALTHY)
    assert world.history[-2:] == ["discover acme.dev/Widget", "apply w"]


@rule("ORDER-AWAIT", breaks=_never_awaited)
def test_the_next_wave_waits_for_health() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    assert applied(world) == ["web"]
    world.outcome("web", HEALTHY)
    assert applied(world) == ["web", "after"]


@rule("ORDER-SINGLE", breaks=_always_awaited)
def test_in_a_single_stage_only_hooks_are_awaited() -> None:
    world = World(deployment("web"), job("load", hook="Sync"))
    world.held.update({"web", "load"})
    world.run()
    assert world.goes_on()
    world.outcome("load", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


@rule("ORDER-LAST", breaks=_always_awaited)
def test_a_last_stage_without_hooks_ends_the_sync_once_all_is_applied() -> None:
    world = World(job("migrate", hook="PreSync"), deployment("web"))
    world.held.add("web")
    world.run()
    assert world.end is not None
    assert world.end.message == "successfully synced (all tasks run)"


@rule("ORDER-LAST-HOOK", breaks=_never_awaited)
def test_a_last_stage_with_a_hook_awaits_its_resources() -> None:
    world = World(job("migrate", hook="PreSync"), deployment("web"), job("load", hook="Sync"))
    world.held.add("web")
    world.run()
    assert world.goes_on()
    assert world.decision.message == "waiting for healthy state of apps/Deployment/web"
    world.outcome("web", HEALTHY)
    assert world.end is not None


@rule(
    "ORDER-DEGRADED",
    breaks=lambda patch: patch.setattr(stage_run, "judge_resource", lambda _: SUCCEEDED),
)
def test_an_awaited_resource_that_is_degraded_fails_the_sync() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.outcomes["web"] = DEGRADED
    world.run()
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert world.result("web").hook_phase == "Failed"
    assert "apply after" not in world.history


@rule(
    "ORDER-PATIENCE",
    breaks=lambda patch: patch.setattr(stage_run, "judge_resource", lambda _: SUCCEEDED),
)
def test_progressing_suspended_missing_and_unknown_resources_are_waited_for() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    missing, unknown = Health(HealthStatus.MISSING), Health(HealthStatus.UNKNOWN)
    for health in (PROGRESSING, SUSPENDED, missing, unknown):
        world.outcome("web", health)
        assert world.goes_on()
        assert "apply after" not in world.history
    world.outcome("web", HEALTHY)
    assert world.end is not None


@rule("ORDER-SETTLE", breaks=lambda patch: patch.setattr(judging, "SETTLE_SECONDS", 0.0))
def test_a_provisional_verdict_counts_once_it_has_stood_for_two_seconds() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    web = world.live("web")
    assert web is not None
    world.change(web, health=HEALTHY, provisional=True)
    world.run().pass_time(1.0)
    assert "apply after" not in world.history
    world.pass_time(1.1)
    assert "apply after" in world.history


@rule("ORDER-NO-DELAY", breaks=lambda patch: patch.setattr(course, "COMPATIBLE_WAVE_DELAY", 0.0))
def test_waves_follow_at_once_and_with_argo_cds_rules_after_two_seconds() -> None:
    waves = [config("a"), config("b", wave="1")]
    assert World(*waves).run().end is not None
    world = World(*waves, options=["Compatibility=argocd"]).run()
    assert applied(world) == ["a"]
    world.pass_time(2.0)
    assert applied(world) == ["a", "b"]
