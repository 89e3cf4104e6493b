"""Rules of delete policies, the finalizer and the save that comes first."""

from __future__ import annotations

import pytest

from tenter.engine import Propagation, clean_up, clearing, planning, termination
from tenter.engine.situation import Situation
from tenter.errors import HookError
from tenter.health import Health
from tenter.hooks import DeletePolicy, reading
from tests.engine.world import DEGRADED, HEALTHY, World, config, job
from tests.rules.registry import Break, rule


def _wants(answer: bool) -> Break:
    return lambda patch: patch.setattr(clean_up, "_wanted", lambda *_, **__: answer)


def _policies(*policies: DeletePolicy) -> Break:
    return lambda patch: patch.setattr(reading, "_read_policies", lambda *_: frozenset(policies))


def _ran(policy: str, outcome: Health = HEALTHY) -> World:
    world = World(job("migrate", hook="PreSync", policy=policy))
    world.outcomes["migrate"] = outcome
    return world.run()


@rule("POLICY-DEFAULT", breaks=_policies(DeletePolicy.HOOK_FAILED))
def test_without_a_policy_an_existing_hook_is_deleted_first() -> None:
    hook = job("migrate", hook="PreSync")
    world = World(hook)
    world.put(hook, health=HEALTHY)
    world.run()
    assert world.history == ["preflight", "delete migrate", "create migrate", "release migrate"]


@rule("POLICY-BEFORE", breaks=lambda patch: patch.setattr(clearing, "obstacle", lambda *_: None))
def test_before_hook_creation_waits_until_the_old_one_is_gone() -> None:
    hook = job("migrate", hook="PreSync", policy="BeforeHookCreation")
    world = World(hook)
    world.put(hook, health=HEALTHY)
    world.slow_deletions = True
    world.run()
    assert world.history == ["preflight", "delete migrate"]
    assert world.decision.message == "waiting for deletion of batch/Job/migrate"
    world.remove("migrate")
    assert world.created() == ["migrate"]


@rule("POLICY-SUCCEEDED", breaks=_wants(False))
def test_hook_succeeded_deletes_a_hook_that_succeeded() -> None:
    assert _ran("HookSucceeded").history[-1] == "delete migrate"
    assert "delete migrate" not in _ran("HookSucceeded", DEGRADED).history


@rule("POLICY-FAILED", breaks=_wants(True))
def test_hook_failed_deletes_a_hook_that_failed() -> None:
    assert _ran("HookFailed", DEGRADED).history[-1] == "delete migrate"
    assert "delete migrate" not in _ran("HookFailed").history


@rule(
    "POLICY-OWN",
    breaks=lambda patch: patch.setattr(
        clean_up,
        "_wanted",
        lambda situation, task_id, state, failed: not failed,
    ),
)
def test_a_policy_is_judged_by_the_hooks_own_result() -> None:
    def failing_sync(*options: str) -> World:
        good = job("migrate", hook="PreSync", policy="HookSucceeded")
        bad = job("load", hook="Sync", policy="HookFailed")
        world = World(good, bad, options=options)
        world.outcomes["load"] = DEGRADED
        world.run()
        while world.end is None:
            world.pass_time(2.0)
        return world

    world = failing_sync()
    assert "delete migrate" in world.history
    assert "delete load" in world.history
    assert "delete migrate" not in failing_sync("Compatibility=argocd").history


@rule(
    "POLICY-AT-END",
    breaks=lambda patch: patch.setattr(
        "tenter.engine.course.release_ended",
        lambda situation: (
            clean_up.delete_by_policy(situation, failed=False) or clean_up.release_ended(situation)
        ),
    ),
)
def test_a_hook_is_deleted_when_the_attempt_ends_and_not_before() -> None:
    world = World(
        job("migrate", hook="PreSync", policy="HookSucceeded"), job("smoke", hook="PostSync")
    )
    world.held.add("smoke")
    world.run()
    assert world.created() == ["migrate", "smoke"]
    assert "delete migrate" not in world.history
    world.outcome("smoke", HEALTHY)
    assert "delete migrate" in world.history


@rule("POLICY-UNKNOWN", breaks=_policies())
def test_an_unknown_policy_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(HookError, match='"HookSuceeded". Did you mean "HookSucceeded"'):
        World(job("migrate", hook="PreSync", policy="HookSuceeded"))


@rule("FINALIZER-SET", breaks=lambda patch: patch.setattr(planning, "FINALIZER", "another"))
def test_every_hook_carries_the_finalizer() -> None:
    world = World(job("migrate", hook="PreSync"), config("marker", hook="SyncFail"))
    for task in world.plan.tasks:
        assert task.manifest is not None
        finalizers = task.manifest["metadata"]["finalizers"]
        assert finalizers == ["argocd.argoproj.io/hook-finalizer"]


@rule(
    "FINALIZER-SAVED",
    breaks=lambda patch: patch.setattr(Situation, "is_saved", lambda *_: True),
)
def test_the_finalizer_stays_until_the_result_is_saved() -> None:
    world = World(job("migrate", hook="PreSync"))
    world.held.add("migrate")
    world.run()
    world.save_blocked = True
    world.outcome("migrate", HEALTHY)
    assert world.result("migrate").hook_phase == "Succeeded"
    assert "release migrate" not in world.history
    world.save_blocked = False
    world.run()
    assert "release migrate" in world.history


@rule(
    "FINALIZER-BEFORE-DELETE",
    breaks=lambda patch: patch.setattr(
        clean_up,
        "delete_hook",
        lambda situation, state: situation.delete(state.key, state.uid, Propagation.FOREGROUND),
    ),
)
def test_the_finalizer_goes_before_the_hook_is_deleted() -> None:
    world = World(job("migrate", hook="Sync", policy="HookSucceeded"))
    world.held.add("migrate")
    world.run()
    world.save_blocked = True
    world.outcome("migrate", HEALTHY)
    assert "delete migrate" not in world.history
    world.save_blocked = False
    world.run()
    assert world.history[-2:] == ["release migrate", "delete migrate"]


@rule(
    "FINALIZER-LEFTOVER",
    breaks=lambda patch: patch.setattr(Situation, "release", lambda *_: None),
)
def test_a_leftover_hook_loses_the_finalizer_before_it_is_replaced() -> None:
    hook = job("migrate", hook="PreSync")
    world = World(hook)
    world.put(hook, finalizer=True, attempt="earlier.0.PreSync")
    world.run()
    assert world.history[1:4] == ["release migrate", "delete migrate", "create migrate"]


@rule(
    "FINALIZER-TERMINATE",
    breaks=lambda patch: patch.setattr(termination, "release_ended", lambda *_, **__: False),
)
def test_terminate_removes_the_finalizer_saved_or_not() -> None:
    world = World(job("migrate", hook="PreSync"))
    world.held.add("migrate")
    world.run()
    world.save_blocked = True
    world.terminate()
    assert world.history[-2:] == ["release migrate", "delete migrate"]
    assert world.end is not None


@rule(
    "SAVE-FIRST",
    breaks=lambda patch: patch.setattr(Situation, "is_saved", lambda *_: True),
)
def test_a_hook_is_created_only_after_the_intent_was_saved() -> None:
    world = World(job("migrate", hook="PreSync"), job("load", hook="Sync"))
    world.held.add("migrate")
    world.run()
    world.save_blocked = True
    world.outcome("migrate", HEALTHY)
    assert world.created() == ["migrate"]
    assert any(state.key.name == "load" for state in world.record.hooks.values())
    world.save_blocked = False
    world.run()
    assert world.created() == ["migrate", "load"]


def test_nothing_is_changed_before_the_first_save() -> None:
    world = World(config("settings"), settings={"create_namespace": True})
    world.save_blocked = True
    world.run()
    assert world.history == []
    world.save_blocked = False
    world.run()
    assert world.history == ["namespace", "preflight", "apply settings"]
