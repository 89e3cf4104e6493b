"""Rules of selective sync, failure and terminate."""

from __future__ import annotations

import pytest

from tenter.engine import (
    Action,
    CreateHook,
    Event,
    Gone,
    OperationPhase,
    PreflightMode,
    PruneTarget,
    RetryOptions,
    Selected,
    SyncOptions,
    TerminateRequested,
    attempt,
    course,
    option_reading,
    planning,
    stage_run,
)
from tenter.engine import termination as ending
from tenter.engine.judging import Verdict
from tenter.engine.record import TaskPhase
from tenter.engine.situation import Situation
from tenter.manifests import Key
from tests.engine.world import (
    DEGRADED,
    HEALTHY,
    World,
    config,
    deployment,
    job,
)
from tests.rules.registry import rule

ONLY_A = (Selected("", "ConfigMap", "a"),)


def failed(world: World) -> str:
    assert world.end is not None
    assert world.end.phase is OperationPhase.FAILED
    return world.end.message


def _nothing_is_selected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Selected, "matches", lambda *_: True)


def _hooks_are_never_selected(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(option_reading._OPERATION, "SelectiveHooks", lambda _: {})


@rule("SELECT-ONLY", breaks=_nothing_is_selected)
def test_a_selective_sync_touches_those_resources_only() -> None:
    world = World(config("a"), config("b"), selection=ONLY_A).run()
    assert world.history == ["preflight", "apply a"]


@rule(
    "SELECT-NO-HOOKS",
    breaks=lambda patch: patch.setattr(SyncOptions, "selective_hooks", True),
)
def test_a_selective_sync_runs_no_hooks() -> None:
    world = World(config("a"), job("migrate", hook="PreSync"), selection=ONLY_A).run()
    assert world.created() == []


@rule("SELECT-WITH-HOOKS", breaks=_hooks_are_never_selected)
def test_with_the_option_a_selective_sync_runs_hooks() -> None:
    targets = [config("a"), config("b"), job("migrate", hook="PreSync")]
    world = World(*targets, selection=ONLY_A, options=["SelectiveHooks=true"]).run()
    assert world.created() == ["migrate"]
    assert "apply a" in world.history
    assert "apply b" not in world.history


def _preflight_passes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(attempt.Attempt, "_preflight_ended", lambda self, _: _checked(self))


def _checked(self: attempt.Attempt) -> None:
    self._situation.answered(("preflight",))
    self.record.checked = True
    self._situation.changed()


def _failed_check(*options: str) -> World:
    world = World(config("a"), deployment("web"), job("clean", hook="SyncFail"), options=options)
    world.preflight_errors["web"] = "spec.replicas: must not be negative"
    return world.run()


@rule("FAIL-PREFLIGHT", breaks=_preflight_passes)
def test_a_failed_preflight_applies_nothing_and_names_each_error() -> None:
    world = _failed_check()
    assert not [line for line in world.history if line.startswith("apply")]
    assert world.result("web").status == "SyncFailed"
    assert world.result("web").message == "spec.replicas: must not be negative"
    assert failed(world) == (
        "one or more objects failed to apply (dry run), "
        "reason: apps/Deployment/web: spec.replicas: must not be negative"
    )


@rule(
    "FAIL-PREFLIGHT-HOOKS",
    breaks=lambda patch: patch.setattr(
        course.Course, "_begin_failing", lambda self: setattr(self, "_coming", [])
    ),
)
def test_syncfail_hooks_run_after_a_failed_preflight() -> None:
    assert _failed_check().created() == ["clean"]


def _preflight_is_always_the_servers(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(
        option_reading._OPERATION, "Preflight", lambda _: {"preflight": PreflightMode.SERVER}
    )


@rule("FAIL-PREFLIGHT-CLIENT", breaks=_preflight_is_always_the_servers)
def test_with_a_clients_preflight_a_failed_check_runs_no_hooks() -> None:
    assert _failed_check("Preflight=client").created() == []


@rule(
    "FAIL-RUNNING",
    breaks=lambda patch: patch.setattr(
        stage_run.StageRun, "complete", property(lambda self: bool(self.failed) or not self._hooks)
    ),
)
def test_what_runs_in_the_failed_stage_is_waited_for() -> None:
    world = World(
        job("bad", hook="PreSync"), job("slow", hook="PreSync"), job("clean", hook="SyncFail")
    )
    world.outcomes["bad"] = DEGRADED
    world.held.add("slow")
    world.run()
    assert world.created() == ["bad", "slow"]
    assert world.decision.message == "waiting for completion of hook batch/Job/slow"
    world.outcome("slow", HEALTHY)
    assert world.created() == ["bad", "slow", "clean"]
    assert world.result("slow").hook_phase == "Succeeded"


def _a_refusal_stops_the_stage(patch: pytest.MonkeyPatch) -> None:
    real = stage_run.StageRun._group_is_done
    patch.setattr(
        stage_run.StageRun, "_group_is_done", lambda self: not self.refused and real(self)
    )


@rule("FAIL-ATTEMPTED", breaks=_a_refusal_stops_the_stage)
def test_every_object_of_a_wave_is_attempted_although_another_kind_failed() -> None:
    world = World(config("a"), config("b"), deployment("web"), config("c", wave="1"))
    world.refused["a"] = "no room"
    world.run(steps=50)
    assert "apply b" in world.history
    assert "apply web" in world.history
    assert "apply c" not in world.history
    assert failed(world) == "one or more objects failed to apply, reason: ConfigMap/a: no room"


def test_hooks_that_run_are_waited_for_when_an_object_cannot_be_applied() -> None:
    world = World(config("a"), job("load", hook="Sync"), job("clean", hook="SyncFail"))
    world.refused["a"] = "no room"
    world.held.add("load")
    world.run()
    assert world.created() == ["load"]
    world.outcome("load", HEALTHY)
    assert world.created() == ["load", "clean"]


@rule(
    "FAIL-CAUSES",
    breaks=lambda patch: patch.setattr(course, "failure_message", lambda failing, _: str(failing)),
)
def test_the_message_names_each_cause() -> None:
    world = World(job("one", hook="PreSync"), job("two", hook="PreSync"))
    world.outcomes.update(one=DEGRADED, two=DEGRADED)
    assert failed(world.run()) == (
        "one or more synchronization tasks completed unsuccessfully, "
        "reason: batch/Job/one: it broke; batch/Job/two: it broke"
    )


@rule(
    "FAIL-SYNCFAIL",
    breaks=lambda patch: patch.setattr(
        course.Course, "_end_stage", lambda self, run, now: setattr(self, "stage", None)
    ),
)
def test_a_failing_syncfail_hook_is_reported_as_well() -> None:
    world = World(job("migrate", hook="PreSync"), job("clean", hook="SyncFail"))
    world.outcomes.update(migrate=DEGRADED, clean=DEGRADED)
    message = failed(world.run())
    assert "batch/Job/migrate: it broke" in message
    assert "batch/Job/clean: it broke" in message


@rule(
    "FAIL-SYNCFAIL-WAVES",
    breaks=lambda patch: patch.setattr(planning, "read_wave", lambda *_: 0),
)
def test_syncfail_hooks_run_in_waves() -> None:
    world = World(
        job("migrate", hook="PreSync"),
        job("undo", hook="SyncFail", wave="-1"),
        job("tell", hook="SyncFail", wave="1"),
    )
    world.outcomes["migrate"] = DEGRADED
    world.held.add("undo")
    world.run()
    assert world.created() == ["migrate", "undo"]
    world.outcome("undo", HEALTHY)
    assert world.created() == ["migrate", "undo", "tell"]


@rule(
    "FAIL-VANISHED",
    breaks=lambda patch: patch.setattr(stage_run.StageRun, "_judge_missing", lambda *_, **__: None),
)
def test_an_object_that_vanishes_while_waited_for_fails_the_sync_once_confirmed() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    world.remove("web")
    assert "deployment.apps/web vanished" in failed(world)


def test_a_watch_that_wrongly_tells_of_a_deletion_is_not_believed() -> None:
    world = World(deployment("web"), config("after", wave="1"))
    world.held.add("web")
    world.run()
    web = world.live("web")
    assert web is not None
    world.tell(Gone(web.key, web.uid))
    world.run()
    assert world.goes_on()
    world.outcome("web", HEALTHY)
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


@rule(
    "FAIL-FOREIGN",
    breaks=lambda patch: patch.setattr(
        stage_run, "judge_hook", lambda _: Verdict(TaskPhase.RUNNING)
    ),
)
def test_a_hook_that_someone_else_deletes_may_finish_while_work_goes_on() -> None:
    world = World(job("migrate", hook="PreSync"))
    world.held.add("migrate")
    world.run()
    live = world.live("migrate")
    assert live is not None
    world.change(live, deleting=True, active=True)
    world.run()
    assert world.goes_on()
    world.change(live, active=False)
    world.run()
    assert "batch/Job/migrate: deleted by another" in failed(world)
    assert "release migrate" in world.history


def _running(*targets: object, held: str) -> World:
    world = World(*targets)  # type: ignore[arg-type]
    world.held.add(held)
    return world.run()


@rule("END-HOOKS", breaks=lambda patch: patch.setattr(ending, "delete_hook", lambda *_: False))
def test_terminate_releases_and_deletes_running_hooks() -> None:
    world = _running(job("migrate", hook="PreSync"), held="migrate").terminate()
    assert world.history[-2:] == ["release migrate", "delete migrate"]
    assert world.result("migrate").hook_phase == "Failed"
    assert world.result("migrate").message == "Terminated"


def _everything_is_ended(patch: pytest.MonkeyPatch) -> None:
    real = ending.terminate

    def rewrite(situation: Situation, *rest: object) -> object:
        for state in situation.record.hooks.values():
            state.phase, state.message, state.released = TaskPhase.FAILED, "Terminated", False
        return real(situation, *rest)  # type: ignore[arg-type]

    patch.setattr(attempt, "terminate", rewrite)


@rule("END-KEEPS", breaks=_everything_is_ended)
def test_terminate_keeps_the_results_of_hooks_that_are_complete() -> None:
    done, running = job("done", hook="PreSync"), job("running", hook="PreSync", wave="1")
    world = _running(done, running, held="running").terminate()
    assert world.record.hooks["PreSync/batch/Job/shop/done"].phase is TaskPhase.SUCCEEDED
    assert "delete done" not in world.history


@rule("END-MESSAGE", breaks=lambda patch: patch.setattr(attempt, "TERMINATED", "ended"))
def test_a_terminated_operation_says_so() -> None:
    world = _running(job("migrate", hook="PreSync"), held="migrate")
    world.tell(TerminateRequested(""))
    world.run()
    assert failed(world) == "Operation terminated"


def _terminate_fails_instead(patch: pytest.MonkeyPatch) -> None:
    def fail(self: attempt.Attempt, message: str) -> None:
        if self._course.stage:
            self._course.stage.stop(message, 0.0, resources=True)

    patch.setattr(attempt.Attempt, "_terminate_requested", fail)


@rule("END-NO-SYNCFAIL", breaks=_terminate_fails_instead)
def test_terminate_runs_no_syncfail_hooks() -> None:
    world = _running(job("migrate", hook="PreSync"), job("clean", hook="SyncFail"), held="migrate")
    world.terminate()
    assert world.created() == ["migrate"]


def _only_in_a_stage(patch: pytest.MonkeyPatch) -> None:
    real = ending.terminate
    patch.setattr(
        attempt,
        "terminate",
        lambda situation, stage, now: (
            real(situation, stage, now) if situation.record.hooks else None
        ),
    )


@rule("END-ANYWHERE", breaks=_only_in_a_stage)
def test_terminate_works_while_a_deletion_a_confirmation_or_a_retry_is_waited_for() -> None:
    old = Key("", "ConfigMap", "shop", "old")
    deleting = World(config("a"), prunes=[PruneTarget(key=old)], settings={"prune": True})
    deleting.put(config("old"))
    deleting.slow_deletions = True
    deleting.run()
    assert deleting.decision.message == "waiting for deletion of ConfigMap/old"
    assert failed(deleting.terminate()) == "Operation terminated"

    confirming = World(
        config("a"),
        prunes=[PruneTarget(key=old, options=("Prune=confirm",))],
        settings={"prune": True},
    )
    confirming.put(config("old"))
    confirming.run()
    assert confirming.decision.message == "waiting for pruning confirmation of ConfigMap/old"
    assert failed(confirming.terminate()) == "Operation terminated"

    retrying = World(deployment("a"), settings={"retry": RetryOptions(limit=3)})
    retrying.refused["a"] = "no room"
    retrying.run()
    assert retrying.end is not None
    assert retrying.end.retry_at is not None
    retrying.end = None
    assert failed(retrying.terminate()) == "Operation terminated"
    assert retrying.record.phase is OperationPhase.FAILED


@rule(
    "END-UNDER-WAY",
    breaks=lambda patch: patch.setattr(Situation, "awaits_writes", lambda _: False),
)
def test_a_creation_under_way_is_awaited_and_what_it_made_is_deleted() -> None:
    world = World(job("migrate", hook="PreSync"))
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
    world.tell(TerminateRequested())
    world.run()
    assert world.goes_on()
    for event in perform(late[0]):
        world.tell(event)
    world.run()
    assert world.history[-2:] == ["release migrate", "delete migrate"]
    assert world.live("migrate") is None


def test_a_resource_that_is_applied_when_the_operation_is_terminated_stays_running() -> None:
    world = _running(deployment("web"), config("late", wave="1"), held="web").terminate()
    assert world.result("web").hook_phase == "Running"
