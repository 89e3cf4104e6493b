"""Rules of results, pruning and options."""

from __future__ import annotations

from typing import Any

import pytest

from tenter.engine import (
    DeleteFailed,
    OperationPhase,
    Propagation,
    PruneTarget,
    PruningConfirmed,
    SyncOptions,
    hook_states,
    option_reading,
    planning,
    prune_run,
    results,
    stage_run,
    waiting,
)
from tenter.engine.course import Course, _Step
from tenter.engine.judging import Verdict
from tenter.engine.record import TaskPhase
from tenter.errors import OptionError
from tenter.manifests import Key
from tests.engine.world import World, config, deployment, job, manifest
from tests.rules.registry import rule


def old(name: str, wave: int = 0, *options: str) -> PruneTarget:
    return PruneTarget(key=Key("", "ConfigMap", "shop", name), wave=wave, options=options)


def pruning(*prunes: PruneTarget, targets: Any = (), **rest: Any) -> World:
    rest.setdefault("settings", {"prune": True})
    world = World(*(targets or [config("a")]), prunes=prunes, **rest)
    for prune in prunes:
        world.put(config(prune.key.name))
    return world


@rule(
    "RESULT-ORDER",
    breaks=lambda patch: patch.setattr(planning, "read_wave", lambda *_: 0),
)
def test_results_stand_in_the_order_of_execution() -> None:
    world = World(
        job("smoke", hook="PostSync"), config("b", wave="1"), config("c"), job("m", hook="PreSync")
    ).run()
    names = [result.key.name for result in world.record.results.values()]
    assert names == ["m", "c", "b", "smoke"]


@rule("RESULT-WORDS", breaks=lambda patch: patch.setattr(results, "resource_word", str))
def test_an_applys_message_names_the_object_as_kubectl_does() -> None:
    world = World(deployment("web"), config("a"), job("load", hook="Sync"))
    world.put(config("a"))
    world.run()
    assert world.result("a").message == "configmap/a unchanged"
    assert world.record.results["Sync/apps/Deployment/shop/web"].message == (
        "deployment.apps/web created"
    )


@rule(
    "RESULT-RUNNING",
    breaks=lambda patch: patch.setattr(
        stage_run, "judge_resource", lambda _: Verdict(TaskPhase.RUNNING)
    ),
)
def test_an_ordinary_resource_is_running_until_its_health_was_awaited() -> None:
    unawaited = World(deployment("web")).run()
    assert unawaited.result("web").hook_phase == "Running"
    awaited = World(deployment("web"), config("after", wave="1")).run(steps=50)
    assert awaited.result("web").hook_phase == "Succeeded"
    assert awaited.result("after").hook_phase == "Running"


@rule(
    "RESULT-HOOK",
    breaks=lambda patch: patch.setattr(hook_states, "outcome_message", lambda *_: "done"),
)
def test_a_hook_without_a_health_message_keeps_created() -> None:
    world = World(manifest("Pod", "check", hook="PreSync")).run()
    assert world.result("check").message == "pod/check created"


@rule("RESULT-WAITS", breaks=lambda patch: patch.setattr(waiting, "_NOUNS", {}))
def test_the_message_says_what_is_waited_for() -> None:
    world = World(*(job(name, hook="PreSync") for name in ("migrate", "load", "seed")))
    world.held.update({"migrate", "load", "seed"})
    world.run()
    assert world.decision.message == (
        "waiting for completion of hook batch/Job/load and 2 more hooks"
    )


@rule(
    "PRUNE-ASKED",
    breaks=lambda patch: patch.setattr(SyncOptions, "prune", True),
)
def test_objects_are_pruned_only_when_that_was_asked_for() -> None:
    world = pruning(old("x"), settings={"prune": False}).run()
    assert "delete x" not in world.history
    assert world.result("x").status == "PruneSkipped"
    assert world.result("x").message == "ignored (requires pruning)"
    asked = pruning(old("x")).run()
    assert asked.result("x").status == "Pruned"
    assert asked.result("x").message == "pruned"
    assert asked.result("x").hook_phase == "Succeeded"


@rule(
    "PRUNE-REVERSE",
    breaks=lambda patch: patch.setattr(planning, "_mirrored", lambda prunes, _: prunes),
)
def test_prune_waves_run_in_reverse() -> None:
    world = pruning(old("low", -1), old("mid", 2), old("high", 5)).run()
    deleted = [line for line in world.history if line.startswith("delete")]
    assert deleted == ["delete high", "delete mid", "delete low"]


@rule("PRUNE-FIRST", breaks=lambda patch: patch.setattr(prune_run.PruneRun, "step", lambda _: True))
def test_prunes_are_gone_before_anything_else_of_their_wave_begins() -> None:
    world = pruning(old("x"))
    world.slow_deletions = True
    world.run()
    assert "delete x" in world.history
    assert "apply a" not in world.history
    world.remove("x")
    assert "apply a" in world.history


@rule(
    "PRUNE-LAST",
    breaks=lambda patch: patch.setattr(planning, "_mirrored", lambda prunes, _: prunes),
)
def test_prune_last_prunes_after_all_other_waves_of_sync() -> None:
    world = pruning(
        old("x"),
        targets=[config("a"), config("b", wave="7"), job("smoke", hook="PostSync")],
        options=["PruneLast=true"],
    ).run()
    order = [line for line in world.history if line.split()[0] in {"apply", "delete", "create"}]
    assert order == ["apply a", "apply b", "delete x", "create smoke"]


@rule("PRUNE-NO", breaks=lambda patch: patch.setattr(planning, "with_texts", lambda base, *_: base))
def test_prune_false_keeps_an_object() -> None:
    world = pruning(old("x", 0, "Prune=false")).run()
    assert world.result("x").message == "ignored (no prune)"
    assert world.live("x") is not None


@rule(
    "PRUNE-CONFIRM",
    breaks=lambda patch: patch.setattr(planning, "with_texts", lambda base, *_: base),
)
def test_prune_confirm_waits_for_the_user() -> None:
    world = pruning(old("x", 0, "Prune=confirm")).run()
    assert world.decision.message == "waiting for pruning confirmation of ConfigMap/x"
    assert "delete x" not in world.history
    world.tell(PruningConfirmed())
    world.run()
    assert "delete x" in world.history
    assert world.end is not None


@rule(
    "PRUNE-STOPS",
    breaks=lambda patch: patch.setattr(
        prune_run.PruneRun, "refused", lambda self, *_: self.going.clear()
    ),
)
def test_a_refused_prune_stops_the_stage_and_fails_the_sync() -> None:
    world = pruning(old("x"), targets=[config("a"), config("b", wave="1")])
    world._delete = lambda key, uid: [DeleteFailed(key, "forbidden")]  # type: ignore[method-assign]
    world.run()
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert "ConfigMap/x: forbidden" in world.end.message
    assert "apply a" not in world.history


@rule(
    "PRUNE-PROPAGATION",
    breaks=lambda patch: patch.setitem(
        option_reading._OBJECT, "PrunePropagationPolicy", lambda _: {}
    ),
)
def test_the_propagation_policy_is_foreground_or_as_told() -> None:
    def propagation(*options: str) -> Propagation:
        world = pruning(old("x"), options=options)
        (task,) = (task for task in world.plan.tasks if task.key.name == "x")
        return task.options.prune_propagation

    assert propagation() is Propagation.FOREGROUND
    assert propagation("PrunePropagationPolicy=orphan") is Propagation.ORPHAN


@rule(
    "OPTION-UNKNOWN",
    breaks=lambda patch: patch.setitem(option_reading._OBJECT, "PrunLast", lambda _: {}),
)
def test_an_unknown_option_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(OptionError, match='unknown sync option "PrunLast". Did you mean PruneLast'):
        World(config("a"), options=["PrunLast=true"])


@rule(
    "OPTION-VALUE",
    breaks=lambda patch: patch.setattr(option_reading, "_boolean", lambda _: True),
)
def test_a_value_that_an_option_does_not_take_is_refused() -> None:
    with pytest.raises(OptionError, match='PruneLast cannot be "yes": it takes true or false'):
        World(config("a"), options=["PruneLast=yes"])


@rule(
    "OPTION-OBJECT",
    breaks=lambda patch: patch.setattr(planning, "object_options", lambda _, base: base),
)
def test_an_objects_options_go_over_the_applications() -> None:
    world = World(config("a", options="Replace=false"), config("b"), options=["Replace=true"])
    assert world.task("a").options.replace is False
    assert world.task("b").options.replace is True


def _dry_runs_are_real(patch: pytest.MonkeyPatch) -> None:
    def enter(self: Course) -> None:
        self._step = _Step.STAGES
        self._coming = list(self._plan.stages)

    patch.setattr(Course, "_enter", enter)


@rule("OPTION-DRY-RUN", breaks=_dry_runs_are_real)
def test_a_dry_run_checks_everything_and_changes_nothing() -> None:
    world = pruning(
        old("x"),
        targets=[config("a"), job("migrate", hook="PreSync")],
        settings={"prune": True, "dry_run": True, "create_namespace": True},
    ).run()
    assert world.history == ["preflight"]
    assert world.result("x").message == "pruned (dry run)"
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


def test_a_timeout_that_is_no_duration_is_refused() -> None:
    with pytest.raises(OptionError, match="which is not a duration"):
        World(job("migrate", hook="PreSync", timeout="soon"))


def test_force_is_an_objects_option_and_not_an_applications() -> None:
    with pytest.raises(OptionError, match="holds for one object"):
        World(config("a"), options=["Force=true"])
    assert World(config("a", options="Force=true")).task("a").options.force


def _only_the_flag(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(option_reading._OPERATION, "Compatibility", lambda _: {"argocd_compatible": True})


@rule("COMPAT-BACK", breaks=_only_the_flag)
def test_compatibility_brings_back_what_argo_cd_does_and_yields_to_named_options() -> None:
    there = option_reading.read_options(["Compatibility=argocd"])
    assert there.argocd_compatible
    assert there.preflight == "client"
    assert not there.objects.validate
    assert not there.objects.server_side
    named = option_reading.read_options(
        ["Validate=true", "ServerSideApply=true", "Preflight=server", "Compatibility=argocd"]
    )
    assert named.preflight == "server"
    assert named.objects.validate
    assert named.objects.server_side
    world = World(
        job("migrate", hook="PreSync"),
        job("late", hook="SyncFail", wave="3"),
        job("early", hook="SyncFail", wave="-3"),
        options=["Compatibility=argocd"],
    )
    assert len(world.plan.fail_stages) == 1
