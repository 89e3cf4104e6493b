"""The promises of docs/architecture.md hold over random plans, outcomes, orders and restarts."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenter.engine import OperationPhase, Phase, TaskKind, TaskPhase
from tenter.hooks import DeletePolicy
from tenter.manifests import Manifest
from tests.engine.chaos import ChaoticWorld, outcome_of
from tests.engine.world import config, deployment, job

PHASES = ("PreSync", "Sync", "PostSync", "SyncFail")
POLICIES = ("", "HookSucceeded", "HookFailed", "BeforeHookCreation", "HookSucceeded,HookFailed")


@st.composite
def applications(draw: st.DrawFn) -> tuple[list[Manifest], dict[str, object]]:
    """Return the targets of a random application and the outcome of each by name."""
    targets: list[Manifest] = []
    outcomes: dict[str, object] = {}
    for number in range(draw(st.integers(1, 9))):
        name = f"n{number}"
        wave = str(draw(st.integers(-2, 2)))
        outcomes[name] = outcome_of(draw(st.sampled_from(["ok", "ok", "ok", "fail"])))
        kind = draw(st.sampled_from(["hook", "hook", "config", "deployment"]))
        if kind == "config":
            targets.append(config(name, wave=wave))
        elif kind == "deployment":
            targets.append(deployment(name, wave=wave))
        else:
            phases = draw(st.sets(st.sampled_from(PHASES), min_size=1, max_size=2))
            rest = {"wave": wave, "hook": ",".join(sorted(phases))}
            policy = draw(st.sampled_from(POLICIES))
            if policy:
                rest["policy"] = policy
            if len(phases) == 1 and draw(st.booleans()):
                targets.append(job(generate_name=f"{name}-", **rest))
            else:
                targets.append(job(name, **rest))
    return targets, outcomes


@st.composite
def runs(draw: st.DrawFn, *, crashes: int = 3, terminate: bool | None = None) -> ChaoticWorld:
    """Return an operation that has run to its end."""
    targets, outcomes = draw(applications())
    random = Random(draw(st.integers(0, 2**32)))
    ends_it = draw(st.booleans()) if terminate is None else terminate
    world = ChaoticWorld(
        *targets,
        random=random,
        crashes=draw(st.integers(0, crashes)),
        terminate_at=draw(st.integers(1, 200)) if ends_it else None,
    )
    for task in world.plan.tasks:
        prefix = task.key.name.split("-")[0]
        for name in (task.key.name, f"{prefix}-"):
            world.outcomes[name] = outcomes[prefix[:2]]  # type: ignore[assignment]
    if draw(st.booleans()):
        for target in targets[:2]:
            if target["metadata"].get("name") and target["kind"] == "Job":
                world.put(target, finalizer=draw(st.booleans()), health=outcome_of("ok"))
    return world.run_to_end()


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _hook_tasks(world: ChaoticWorld) -> list:  # type: ignore[type-arg]
    return [task for task in world.plan.tasks if task.kind is TaskKind.HOOK]


@quick
@given(runs())
def test_the_operation_always_ends(world: ChaoticWorld) -> None:
    assert world.end is not None
    assert world.end.phase in {OperationPhase.SUCCEEDED, OperationPhase.FAILED}
    assert world.record.phase is world.end.phase


@quick
@given(runs())
def test_no_hook_is_created_twice(world: ChaoticWorld) -> None:
    planned = Counter(task.key.name for task in _hook_tasks(world))
    for name, count in Counter(world.created()).items():
        assert count <= planned[name]


@quick
@given(runs())
def test_no_finalizer_is_left_behind(world: ChaoticWorld) -> None:
    ours = {state.uid for state in world.record.hooks.values()}
    for live in world.objects.values():
        if live.uid in ours:
            assert not live.finalizer, live


@quick
@given(runs(terminate=False))
def test_every_hook_of_a_successful_attempt_ran(world: ChaoticWorld) -> None:
    if world.end is None or world.end.phase is not OperationPhase.SUCCEEDED:
        return
    for task in _hook_tasks(world):
        if task.phase is Phase.SYNC_FAIL:
            assert task.id not in world.record.hooks
        else:
            assert world.record.hooks[task.id].phase is TaskPhase.SUCCEEDED


@quick
@given(runs(terminate=False))
def test_sync_fail_hooks_run_in_a_failed_attempt_and_only_there(world: ChaoticWorld) -> None:
    failed = world.end is not None and world.end.phase is OperationPhase.FAILED
    began = [
        t.id
        for t in _hook_tasks(world)
        if t.phase is Phase.SYNC_FAIL and t.id in world.record.hooks
    ]
    first_wave = [task.id for stage in world.plan.fail_stages[:1] for task in stage.tasks]
    assert set(first_wave) <= set(began) if failed else not began


@quick
@given(runs(terminate=True))
def test_a_terminated_operation_begins_no_sync_fail_hook_after_the_request(
    world: ChaoticWorld,
) -> None:
    if "terminate" not in world.history:
        return
    after = world.history[world.history.index("terminate") :]
    failing = {t.key.name for t in _hook_tasks(world) if t.phase is Phase.SYNC_FAIL}
    begun_before = {state.key.name for state in world.record.hooks.values()}
    assert not {line.split()[-1] for line in after if line.startswith("create")} & (
        failing - begun_before
    )


@quick
@given(runs(terminate=False))
def test_nothing_of_a_later_stage_begins_before_the_earlier_one_succeeded(
    world: ChaoticWorld,
) -> None:
    record = world.record
    began = [set() for _ in world.plan.stages]  # type: ignore[var-annotated]
    bad_stage = len(world.plan.stages)
    for index, stage in enumerate(world.plan.stages):
        for task in stage.tasks:
            result = record.results.get(task.id)
            if result is None:
                continue
            began[index].add(task.id)
            awaited = task.kind is TaskKind.HOOK or stage.awaits_resources
            if awaited and result.hook_phase is not TaskPhase.SUCCEEDED:
                bad_stage = min(bad_stage, index)
    for later in began[bad_stage + 1 :]:
        assert not later


@quick
@given(runs())
def test_a_hook_is_deleted_only_as_its_policy_says(world: ChaoticWorld) -> None:
    for task in _hook_tasks(world):
        state = world.record.hooks.get(task.id)
        if state is None or not state.deleted or state.message == "Terminated":
            continue
        wanted = (
            DeletePolicy.HOOK_SUCCEEDED
            if state.phase is TaskPhase.SUCCEEDED
            else DeletePolicy.HOOK_FAILED
        )
        # One manifest in several phases: the later one may have needed the earlier one's name.
        namesakes = [other for other in _hook_tasks(world) if other.key == task.key]
        assert wanted in task.policies or len(namesakes) > 1


@quick
@given(runs(terminate=False))
def test_an_operation_succeeds_only_if_nothing_failed(world: ChaoticWorld) -> None:
    failed = [
        result
        for task_id, result in world.record.results.items()
        if result.hook_phase is TaskPhase.FAILED
    ]
    succeeded = world.end is not None and world.end.phase is OperationPhase.SUCCEEDED
    assert succeeded == (not failed and not world.record.causes)
