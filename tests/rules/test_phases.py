"""Rules of phases: what runs before what."""

from __future__ import annotations

import pytest

from tenter.engine import course, planning, post_sync_gate
from tenter.engine.judging import Verdict
from tenter.engine.record import TaskPhase
from tenter.engine.tasks import Phase
from tests.engine.world import DEGRADED, HEALTHY, PROGRESSING, World, config, deployment, job
from tests.rules.registry import rule

ALWAYS_DONE = Verdict(TaskPhase.SUCCEEDED)


def _all_in_sync(patch: pytest.MonkeyPatch) -> None:
    for hook_type in list(planning._SYNC_PHASES):
        patch.setitem(planning._SYNC_PHASES, hook_type, Phase.SYNC)


@rule("PHASE-PRESYNC", breaks=_all_in_sync)
def test_nothing_is_applied_before_every_presync_hook_has_succeeded() -> None:
    world = World(job("migrate", hook="PreSync"), config("settings", wave="-5"))
    world.held.add("migrate")
    world.run()
    assert "apply settings" not in world.history
    world.outcome("migrate", HEALTHY)
    assert "apply settings" in world.history


@rule("PHASE-SYNC", breaks=lambda patch: patch.setitem(planning._PHASE_ORDER, Phase.SYNC, -1))
def test_sync_hooks_run_with_the_manifests_of_their_wave() -> None:
    world = World(
        job("before", hook="PreSync"), job("load", hook="Sync"), config("a"), config("b", wave="1")
    ).run()
    history = [line for line in world.history if line.split()[0] in {"create", "apply"}]
    assert history == ["create before", "apply a", "create load", "apply b"]


@rule(
    "PHASE-POSTSYNC",
    breaks=lambda patch: patch.setattr(post_sync_gate.PostSyncGate, "judge", lambda *_: (True, [])),
)
def test_postsync_waits_for_every_resource_to_be_healthy_at_that_moment() -> None:
    world = World(deployment("web"), config("late", wave="1"), job("smoke", hook="PostSync"))
    world.run(until=lambda world: "apply late" in world.history)
    web = world.live("web")
    assert web is not None
    world.change(web, health=PROGRESSING)
    world.run()
    assert world.created() == []
    assert world.decision.message == "waiting for healthy state of apps/Deployment/web"
    world.outcome("web", HEALTHY)
    assert world.created() == ["smoke"]


@rule(
    "PHASE-SYNCFAIL",
    breaks=lambda patch: patch.setattr(
        course.Course, "_begin_failing", lambda self: setattr(self, "_coming", [])
    ),
)
def test_syncfail_hooks_run_once_when_an_attempt_fails() -> None:
    world = World(job("migrate", hook="PreSync"), job("clean", hook="SyncFail"))
    world.outcomes["migrate"] = DEGRADED
    world.run()
    assert world.created() == ["migrate", "clean"]


@rule("PHASE-SYNCFAIL-NEVER", breaks=_all_in_sync)
def test_syncfail_hooks_do_not_run_when_all_goes_well() -> None:
    world = World(job("migrate", hook="PreSync"), job("clean", hook="SyncFail")).run()
    assert world.created() == ["migrate"]
