"""The promises hold with retries, prunes, timeouts, deletions, meddlers and a refusing server."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenter.engine import OperationPhase, PruneTarget, RetryOptions, TaskKind
from tenter.manifests import Key, Manifest
from tests.engine.chaos import ChaoticWorld, outcome_of
from tests.engine.world import config, deployment, job

POLICIES = ("", "HookSucceeded", "HookFailed", "BeforeHookCreation", "HookSucceeded,HookFailed")
SYNC_PHASES = ("PreSync", "Sync", "PostSync", "SyncFail", "PreSync,PostSync", "Sync,SyncFail")
DELETE_PHASES = ("PreDelete", "PostDelete", "PreDelete,PostDelete")

hostile = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def targets(draw: st.DrawFn, phases: tuple[str, ...]) -> tuple[list[Manifest], dict[str, object]]:
    """Return random targets and the outcome of each; what hangs has a timeout."""
    found: list[Manifest] = []
    outcomes: dict[str, object] = {}
    for number in range(draw(st.integers(1, 6))):
        name = f"n{number}"
        outcome = draw(st.sampled_from(["ok", "ok", "ok", "fail", "hang"]))
        outcomes[name] = outcome_of(outcome)
        rest = {"wave": str(draw(st.integers(-1, 1)))}
        if outcome == "hang" or draw(st.booleans()):
            rest["timeout"] = draw(st.sampled_from(["10s", "1m"]))
        kind = draw(st.sampled_from(["hook", "hook", "config", "deployment"]))
        if kind == "config":
            found.append(config(name, **rest))
        elif kind == "deployment":
            found.append(deployment(name, **rest))
        else:
            rest["hook"] = draw(st.sampled_from(phases))
            rest["policy"] = draw(st.sampled_from(POLICIES))
            generated = draw(st.booleans())
            found.append(job(generate_name=f"{name}-", **rest) if generated else job(name, **rest))
    return found, outcomes


@st.composite
def unwanted(draw: st.DrawFn) -> list[PruneTarget]:
    """Return objects that are there and not wanted."""
    return [
        PruneTarget(
            key=Key("", "ConfigMap", "shop", f"old{number}"),
            wave=draw(st.integers(-1, 1)),
            options=draw(st.sampled_from([(), (), ("PruneLast=true",)])),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@st.composite
def runs(
    draw: st.DrawFn,
    *,
    deletes: bool = False,
    hostile: bool = False,
    terminate: bool = False,
) -> ChaoticWorld:
    """Return an operation that has run to its end."""
    wanted, outcomes = draw(targets(DELETE_PHASES if deletes else SYNC_PHASES))
    limit = draw(st.integers(0, 3))
    retry = RetryOptions(limit=limit, from_failed_stage=draw(st.booleans()))
    options = draw(st.sampled_from([[], [], ["SyncTimeout=30s"], ["HookTimeout=20s"]]))
    world = ChaoticWorld(
        *wanted,
        random=Random(draw(st.integers(0, 2**32))),
        crashes=draw(st.integers(0, 4)),
        terminate_at=draw(st.integers(1, 300)) if terminate else None,
        deletes=deletes,
        meddlers=hostile,
        faults=hostile,
        failures=2 if deletes else draw(st.integers(1, 4)),
        prunes=draw(unwanted()),
        settings={"retry": retry, "prune": True},
        options=[] if deletes else options,
    )
    world.outcomes.update(outcomes)  # type: ignore[arg-type]
    for prune in world.owned:
        world.put(config(prune.key.name), finalizer=draw(st.booleans()))
    for target in wanted:
        if target["metadata"].get("name") and target["kind"] == "Job" and draw(st.booleans()):
            world.put(target, finalizer=draw(st.booleans()), health=outcome_of("ok"))
    return world.run_to_end()


@hostile
@given(st.booleans().flatmap(lambda deletes: runs(deletes=deletes, hostile=True)))
def test_an_operation_ends_whatever_others_and_the_server_do(world: ChaoticWorld) -> None:
    assert world.record.phase.ended


@hostile
@given(st.booleans().flatmap(lambda deletes: runs(deletes=deletes, hostile=True, terminate=True)))
def test_terminate_ends_it_as_well(world: ChaoticWorld) -> None:
    assert world.record.phase.ended


@hostile
@given(st.booleans().flatmap(lambda deletes: runs(deletes=deletes)))
def test_no_finalizer_is_left_behind_by_any_attempt(world: ChaoticWorld) -> None:
    for live in world.objects.values():
        if live.attempt.startswith("op."):
            assert not live.finalizer, live


@hostile
@given(runs())
def test_a_hook_is_created_at_most_once_for_each_attempt_and_phase(world: ChaoticWorld) -> None:
    phases: Counter[str] = Counter()
    for target in world.targets:
        metadata = target.manifest["metadata"]
        types = metadata["annotations"].get("argocd.argoproj.io/hook", "")
        phases[metadata.get("name") or metadata["generateName"][:2]] = len(types.split(","))
    for (_, name), count in Counter(world.creations).items():
        assert count <= phases[name.partition("-")[0]], (name, world.history)


@hostile
@given(runs())
def test_there_are_no_more_attempts_than_asked_for(world: ChaoticWorld) -> None:
    assert world.record.attempt.number <= world.options.retry.limit
    failed = world.record.phase is OperationPhase.FAILED
    assert not failed or world.record.attempt.number == world.options.retry.limit


@hostile
@given(runs())
def test_a_sync_that_succeeded_has_pruned_everything(world: ChaoticWorld) -> None:
    if world.record.phase is OperationPhase.SUCCEEDED:
        assert not [prune for prune in world.owned if prune.key in world.objects]


@hostile
@given(runs(deletes=True))
def test_a_deletion_ends_with_everything_gone(world: ChaoticWorld) -> None:
    assert world.record.phase is OperationPhase.SUCCEEDED
    assert not [owned for owned in world.owned if owned.key in world.objects]


@hostile
@given(runs(deletes=True))
def test_a_delete_hook_that_succeeded_is_not_run_again(world: ChaoticWorld) -> None:
    for task in world.plan.tasks:
        if task.kind is not TaskKind.HOOK:
            continue
        prefix = task.key.name.partition("-")[0]
        phases = len([other for other in world.plan.tasks if other.key == task.key])
        if world.outcomes[prefix] == outcome_of("ok"):
            assert world.created().count(task.key.name) <= phases, world.history


@hostile
@given(runs(deletes=True))
def test_a_deletion_keeps_its_order(world: ChaoticWorld) -> None:
    phases = {
        task.key.name: task.phase.value
        for task in world.plan.tasks
        if task.kind is TaskKind.HOOK
        and len([other for other in world.plan.tasks if other.key == task.key]) == 1
    }
    owned = {target.key.name for target in world.owned}
    first_delete = last_gone = None
    for index, line in enumerate(world.history):
        verb, _, name = line.partition(" ")
        if verb == "delete" and name in owned and first_delete is None:
            first_delete = index
        if verb == "gone" and name in owned:
            last_gone = index
    for index, line in enumerate(world.history):
        verb, _, name = line.partition(" ")
        if verb == "create" and phases.get(name) == "PreDelete" and first_delete is not None:
            assert index < first_delete, world.history
        if verb == "create" and phases.get(name) == "PostDelete" and last_gone is not None:
            assert index > last_gone, world.history


@hostile
@given(runs())
def test_what_hangs_ends_by_its_timeout(world: ChaoticWorld) -> None:
    for result in world.record.results.values():
        prefix = result.key.name.partition("-")[0]
        hangs = prefix in world.outcomes and world.outcomes[prefix] is None
        if hangs and result.hook_phase == "Failed" and "created" in result.message:
            raise AssertionError(result)
