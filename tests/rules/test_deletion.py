"""Rules of an application's deletion."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tenter.engine import (
    Attempt,
    OperationPhase,
    PruneTarget,
    PruningConfirmed,
    RetryOptions,
    Target,
    clean_up,
    course,
    deletion_planning,
    planning,
    prune_run,
    retrying,
)
from tenter.engine.tasks import Phase
from tenter.hooks import HookType, hook_name
from tenter.manifests import Key
from tests.engine.world import DEGRADED, HEALTHY, START, World, job, manifest
from tests.rules.registry import rule


class Deletion(World):
    """A deletion of the live objects ``owned``, with the hooks among the targets."""

    def __init__(self, *targets: Any, owned: tuple[PruneTarget, ...] = ()) -> None:
        self.owned = owned
        super().__init__(*targets)
        self.record.deletion = True
        for target in owned:
            self.put(manifest(target.key.kind, target.key.name, group=target.key.group))

    def _new_attempt(self, saved_version: int) -> Attempt:
        facts = self.record.attempt
        made = deletion_planning.plan_deletion(self.targets, self.owned, self.options, facts)
        return Attempt(made, self.record, saved_version)


def owned(name: str, wave: int = 0, *options: str, kind: str = "ConfigMap") -> PruneTarget:
    return PruneTarget(key=Key("", kind, "shop", name), wave=wave, options=options)


def _all_post(patch: Any) -> None:
    patch.setitem(deletion_planning._DELETE_PHASES, HookType.PRE_DELETE, Phase.POST_DELETE)


@rule("DELETE-ORDER", breaks=_all_post)
def test_predelete_then_the_cascade_then_postdelete() -> None:
    world = Deletion(
        job("bye", hook="PreDelete"), job("drop", hook="PostDelete"), owned=(owned("a"),)
    ).run()
    order = [line for line in world.history if line in {"create bye", "delete a", "create drop"}]
    assert order == ["create bye", "delete a", "create drop"]
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


@rule(
    "DELETE-WAVES", breaks=lambda patch: patch.setattr(prune_run.PruneRun, "step", lambda _: True)
)
def test_the_highest_wave_goes_first_and_is_gone_before_the_next() -> None:
    world = Deletion(owned=(owned("low"), owned("high", 3)))
    world.slow_deletions = True
    world.run()
    assert world.history == ["delete high"]
    world.remove("high")
    assert world.history == ["delete high", "delete low"]


@rule(
    "DELETE-KEEPS",
    breaks=lambda patch: patch.setattr(deletion_planning, "with_texts", lambda base, *_: base),
)
def test_crds_and_objects_with_delete_false_stay() -> None:
    world = Deletion(
        owned=(
            owned("a"),
            owned("kept", 0, "Delete=false"),
            owned("widgets", kind="CustomResourceDefinition"),
        )
    ).run()
    assert [line for line in world.history if line.startswith("delete")] == ["delete a"]


@rule(
    "DELETE-CONFIRM",
    breaks=lambda patch: patch.setattr(deletion_planning, "with_texts", lambda base, *_: base),
)
def test_delete_confirm_on_any_object_holds_the_whole_cascade() -> None:
    world = Deletion(owned=(owned("a", 5), owned("b", 0, "Delete=confirm"))).run()
    assert world.history == []
    assert world.decision.message == "waiting for pruning confirmation of ConfigMap/b"
    world.tell(PruningConfirmed())
    world.run()
    assert world.history == ["delete a", "delete b"]


@rule(
    "DELETE-RETRY",
    breaks=lambda patch: patch.setattr(retrying, "DELETION_RETRY", RetryOptions(limit=0)),
)
def test_a_failed_delete_hook_is_deleted_and_tried_again() -> None:
    world = Deletion(
        job("first", hook="PreDelete", wave="-1"), job("bye", hook="PreDelete"), owned=(owned("a"),)
    )
    world.outcomes["bye"] = DEGRADED
    world.run()
    assert world.end is not None
    assert world.end.retry_at == START + 5
    assert "delete bye" in world.history
    assert "delete a" not in world.history
    world.outcomes["bye"] = HEALTHY
    world.retry()
    assert world.created() == ["first", "bye", "bye"]
    assert world.end.phase is OperationPhase.SUCCEEDED
    assert "delete a" in world.history


@rule(
    "DELETE-POLICY", breaks=lambda patch: patch.setattr(clean_up, "_wanted", lambda *_, **__: True)
)
def test_postdelete_hooks_are_deleted_only_when_a_policy_matches() -> None:
    world = Deletion(
        job("kept", hook="PostDelete"), job("goes", hook="PostDelete", policy="HookSucceeded")
    ).run()
    assert "delete goes" in world.history
    assert "delete kept" not in world.history


def _a_new_name_each_time(patch: pytest.MonkeyPatch) -> None:
    real = hook_name
    numbers = itertools.count()
    patch.setattr(planning, "hook_name", lambda *given: f"{real(*given)}-{next(numbers)}")


@rule("DELETE-NAME", breaks=_a_new_name_each_time)
def test_a_generated_name_is_the_same_in_each_try() -> None:
    world = Deletion(job(generate_name="bye-", hook="PreDelete"))
    name = next(iter(world.plan.tasks)).key.name
    world.outcomes[name] = DEGRADED
    world.run()
    world.retry()
    assert world.created() == [name, name]


def test_a_hook_that_succeeded_is_not_run_again_after_another_was_repaired() -> None:
    world = Deletion(
        job(generate_name="first-", hook="PreDelete", wave="-1"), job("bye", hook="PreDelete")
    )
    world.outcomes["bye"] = DEGRADED
    world.run()
    repaired = job("bye", hook="PreDelete", timeout="5m")
    world.targets = [world.targets[0], Target(repaired)]
    world.outcomes["bye"] = HEALTHY
    world.retry()
    assert len([name for name in world.created() if name.startswith("first-")]) == 1
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED


@rule(
    "DELETE-UNPLANNED",
    breaks=lambda patch: patch.setattr(course, "retire_unplanned", lambda *_: None),
)
def test_a_hook_that_runs_and_is_no_longer_wanted_is_released_and_deleted() -> None:
    world = Deletion(job("bye", hook="PreDelete"), owned=(owned("a"),))
    world.held.add("bye")
    world.run()
    world.targets = []
    world.crash()
    world.run()
    assert world.end is not None
    assert world.end.phase is OperationPhase.SUCCEEDED
    assert world.live("bye") is None


def test_predelete_hooks_are_deleted_with_the_application() -> None:
    world = Deletion(job("bye", hook="PreDelete"), owned=(owned("a"),)).run()
    assert world.live("bye") is None
