"""Rules of what is never waited for in vain: late, unreadable, replaced and refused objects."""

from __future__ import annotations

from typing import Any

import pytest

from tenter.engine import (
    Action,
    Attempt,
    ConfirmFailed,
    ConfirmObject,
    CreateHook,
    DeleteFailed,
    DeleteObject,
    Event,
    Gone,
    HookReleased,
    OperationPhase,
    PruneTarget,
    ReleaseFailed,
    ReleaseHook,
    TerminateRequested,
    attempt,
    clearing,
    course,
    prune_run,
    situation,
    stage_run,
)
from tenter.engine.record import TaskPhase
from tenter.engine.time_limits import TimeLimits
from tenter.manifests import Key
from tests.engine.world import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    World,
    config,
    deployment,
    job,
    manifest,
)
from tests.rules.registry import rule

OLD = Key("", "ConfigMap", "shop", "old")


def _refusing(world: World, action_type: type, event: Any) -> None:
    """Have the server refuse the actions of this type."""
    perform = world.perform
    world.perform = (  # type: ignore[method-assign]
        lambda action: [event(action)] if isinstance(action, action_type) else perform(action)
    )


def _message(world: World) -> str:
    assert world.end is not None
    return world.end.message


@rule(
    "FAIL-REMEMBERED",
    breaks=lambda patch: patch.setattr(stage_run.StageRun, "_recall_failures", lambda _: None),
)
def test_a_hook_that_failed_before_a_restart_has_failed_after_it() -> None:
    world = World(job("bad", hook="PreSync"), job("slow", hook="PreSync"), config("a"))
    world.outcomes["bad"] = DEGRADED
    world.held.add("slow")
    world.run()
    world.crash()
    world.run()
    assert world.goes_on()
    world.outcome("slow", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    assert _message(world).count("batch/Job/bad: it broke") == 1
    assert "apply a" not in world.history


def _unreadable_watched_object() -> World:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    _refusing(world, ConfirmObject, lambda action: ConfirmFailed(action.key, "forbidden"))
    web = world.live("web")
    assert web is not None
    world.tell(Gone(web.key, web.uid))
    world.run()
    return world


@rule("FAIL-UNREADABLE", breaks=lambda patch: patch.setattr(situation, "CONFIRM_TRIES", 10**6))
def test_an_object_that_is_gone_by_the_watch_and_cannot_be_read_is_given_up() -> None:
    world = _unreadable_watched_object()
    for _ in range(20):
        if world.end is None:
            assert world.decision.wake_at is not None
            world.pass_time(world.decision.wake_at - world.now)
    assert "is not seen and cannot be read: forbidden" in _message(world)


def test_a_failed_read_is_tried_again_after_a_growing_pause_and_not_at_once() -> None:
    world = _unreadable_watched_object()
    pauses = []
    for _ in range(4):
        assert world.decision.wake_at is not None
        pauses.append(world.decision.wake_at - world.now)
        world.pass_time(pauses[-1])
    assert pauses == [1, 2, 4, 8]


def test_an_object_that_can_be_read_again_is_waited_for() -> None:
    world = _unreadable_watched_object()
    world.perform = World.perform.__get__(world)  # type: ignore[method-assign]
    world.pass_time(1)
    world.outcome("web", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


def _no_deadline_before_creation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stage_run.StageRun, "_give_up", lambda *_: None)


@rule("TIME-DELETION", breaks=_no_deadline_before_creation)
def test_a_hooks_timeout_holds_while_the_deletion_of_an_earlier_one_is_waited_for() -> None:
    hook = job("migrate", hook="PreSync", timeout="1m")
    world = World(hook, job("clean", hook="SyncFail"))
    world.put(hook, health=HEALTHY)
    world.slow_deletions = True
    world.run()
    assert world.decision.waits[0].deadline == world.now + 60
    world.pass_time(59)
    assert world.goes_on()
    world.pass_time(1)
    assert "timed out after 1m, an earlier one is still there" in _message(world)
    assert world.created() == ["clean"]
    assert world.result("migrate").status == "SyncFailed"


def test_a_hooks_timeout_does_not_run_while_its_stage_waits_for_something_else() -> None:
    prune = PruneTarget(key=OLD, options=("Prune=confirm",))
    world = World(job("load", hook="Sync", timeout="1m"), prunes=[prune], settings={"prune": True})
    world.put(config("old"))
    world.run()
    world.pass_time(600)
    assert world.goes_on()


@rule(
    "TIME-CRD",
    breaks=lambda patch: patch.setattr(TimeLimits, "is_up", lambda *_: False),
)
def test_a_timeout_holds_while_a_crd_is_awaited() -> None:
    crd = manifest(
        "CustomResourceDefinition",
        "widgets.example.org",
        group="apiextensions.k8s.io",
        namespace="",
        timeout="1m",
    )
    crd["spec"] = {"group": "example.org", "names": {"kind": "Widget"}}
    world = World(crd, config("a", wave="1"))
    world.held.add("widgets.example.org")
    world.run()
    world.pass_time(60)
    assert "timed out after 1m" in _message(world)


@rule("TIME-GATE", breaks=lambda patch: patch.setattr(TimeLimits, "deadline", lambda *_: None))
def test_a_resources_timeout_holds_before_postsync_too() -> None:
    world = World(
        deployment("web", timeout="1m"), job("load", hook="Sync"), job("smoke", hook="PostSync")
    )
    world.held.add("load")
    world.run()
    web = world.live("web")
    assert web is not None
    world.change(web, health=PROGRESSING)
    world.outcome("load", HEALTHY)
    assert world.decision.message == "waiting for healthy state of apps/Deployment/web"
    world.pass_time(60)
    assert "apps/Deployment/web: timed out after 1m" in _message(world)
    assert world.created() == ["load"]


def _every_object_is_meant(patch: pytest.MonkeyPatch) -> None:
    real = prune_run.PruneRun.touch

    def touch(self: prune_run.PruneRun, key: Any) -> None:
        self._uids.clear()
        real(self, key)

    patch.setattr(prune_run.PruneRun, "touch", touch)


@rule("PRUNE-ANOTHER", breaks=_every_object_is_meant)
def test_a_new_object_under_a_pruned_ones_name_stays_and_is_not_waited_for() -> None:
    world = World(config("a"), prunes=[PruneTarget(key=OLD)], settings={"prune": True})
    world.put(config("old"))
    world.slow_deletions = True
    world.run()
    another = world.put(config("old"))
    world.change(another)
    world.run()
    assert world.history.count("delete old") == 1
    assert world.end is not None
    assert world.result("old").status == "Pruned"


def test_what_took_a_pruned_objects_name_before_the_prune_is_not_deleted() -> None:
    old = PruneTarget(key=OLD, uid="the one that was seen")
    world = World(config("a"), prunes=[old], settings={"prune": True})
    world.put(config("old"))
    world.run()
    assert "delete old" not in world.history
    assert world.end is not None


def test_a_prune_that_cannot_be_released_is_refused_and_not_waited_for() -> None:
    world = World(config("a"), prunes=[PruneTarget(key=OLD)], settings={"prune": True})
    world.put(config("old"), finalizer=True)
    _refusing(world, ReleaseHook, lambda a: ReleaseFailed(a.key, a.uid, "forbidden"))
    world.run()
    assert "ConfigMap/old: forbidden" in _message(world)


@rule("CLEAN-UP-REFUSED", breaks=lambda patch: patch.setattr(course, "with_left", lambda m, _: m))
def test_a_clean_up_that_is_refused_fails_no_sync_and_is_named() -> None:
    world = World(job("migrate", hook="PreSync", policy="HookSucceeded"))
    _refusing(world, DeleteObject, lambda action: DeleteFailed(action.key, "not today"))
    world.run()
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED
    assert _message(world) == (
        "successfully synced (no more tasks) (not cleaned up: batch/Job/migrate: not today)"
    )


def _earlier_result_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clearing, "_serves_earlier_hook", lambda *_: False)


@rule("FINALIZER-PHASES", breaks=_earlier_result_is_forgotten)
def test_a_later_phase_does_not_release_what_an_earlier_one_has_not_saved() -> None:
    world = World(job("check", hook="PreSync,PostSync"))
    world.held.add("check")
    world.run()
    world.save_blocked = True
    world.outcome("check", HEALTHY)
    assert "release check" not in world.history
    world.save_blocked = False
    world.run()
    world.outcome("check", HEALTHY)
    assert world.created() == ["check", "check"]
    assert world.end is not None


def test_an_earlier_phases_object_that_cannot_be_released_is_not_waited_for() -> None:
    world = World(job("check", hook="PreSync,PostSync"))
    _refusing(world, ReleaseHook, lambda a: ReleaseFailed(a.key, a.uid, "forbidden"))
    world.run()
    assert "an earlier one is in the way: forbidden" in _message(world)


def test_a_hook_that_is_created_while_the_sync_times_out_is_ended_and_not_awaited() -> None:
    world = World(job("migrate", hook="PreSync"), options=["SyncTimeout=1m"])
    world.held.add("migrate")
    late: list[Action] = []
    perform = world.perform

    def hold_creations(action: Action) -> list[Event]:
        if isinstance(action, CreateHook):
            late.append(action)
            return []
        return perform(action)

    world.perform = hold_creations  # type: ignore[method-assign]
    world.run()
    world.pass_time(60)
    assert world.goes_on()
    for event in perform(late[0]):
        world.tell(event)
    world.run()
    assert "the sync timed out after 1m" in _message(world)
    live = world.live("migrate")
    assert live is not None
    assert not live.finalizer


@rule(
    "END-UNSEEN",
    breaks=lambda patch: patch.setattr(attempt.Attempt, "_can_end_unseen", lambda _: False),
)
def test_terminate_needs_no_look_at_the_cluster_where_the_hooks_are_known() -> None:
    world = World(job("migrate", hook="PreSync"))
    world.held.add("migrate")
    world.run()
    restarted = Attempt(world.plan, world.record, world.record.version)
    restarted.advance(TerminateRequested(), world.now)
    actions = restarted.decide(world.now).actions
    uid = world.record.hooks["PreSync/batch/Job/shop/migrate"].uid
    assert [type(action) for action in actions] == [ReleaseHook]
    restarted.advance(HookReleased(actions[0].key, uid), world.now)  # type: ignore[union-attr]
    assert isinstance(restarted.decide(world.now).actions[0], DeleteObject)


def test_terminate_after_a_restart_leaves_what_an_earlier_phase_made() -> None:
    world = World(job("check", hook="PreSync,PostSync", policy="HookFailed"), config("a"))
    world.run(until=lambda w: "apply a" in w.history)
    for task_id, state in world.record.hooks.items():
        assert task_id.startswith("PreSync/")
        assert state.phase is TaskPhase.SUCCEEDED
    world.terminate()
    assert "delete check" not in world.history


def test_terminate_does_not_wait_for_what_only_reads() -> None:
    world = _unreadable_watched_object()
    world.perform = lambda action: []  # type: ignore[method-assign]
    world.pass_time(1)
    assert world.goes_on()
    world.terminate()
    assert _message(world) == "Operation terminated"


def test_a_sync_that_has_timed_out_when_it_is_gone_on_with_ends_the_hook_that_runs() -> None:
    hook = job("migrate", hook="PreSync", policy="HookFailed")
    world = World(hook, job("clean", hook="SyncFail"), options=["SyncTimeout=1m"])
    world.held.add("migrate")
    world.run()
    world.now += 60
    world.crash()
    world.run()
    assert "the sync timed out after 1m" in _message(world)
    assert world.live("migrate") is None
    assert world.result("migrate").message == "timed out after 1m"
