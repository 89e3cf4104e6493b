from __future__ import annotations

from typing import Any

import pytest

from tenter.engine import Phase, Plan, Stage, StageKey, Task, TaskKind
from tenter.hooks import DeletePolicy
from tenter.library.advice import advice
from tenter.manifests import key_of

BEFORE = DeletePolicy.BEFORE_HOOK_CREATION
SUCCEEDED = DeletePolicy.HOOK_SUCCEEDED
FAILED = DeletePolicy.HOOK_FAILED


def told(
    *policies: DeletePolicy,
    kind: str = "Job",
    api: str = "batch/v1",
    hook: bool = True,
    generated: bool = False,
    phases: tuple[Phase, ...] = (Phase.PRE_SYNC,),
    **spec: Any,
) -> list[str]:
    manifest = {"apiVersion": api, "kind": kind, "metadata": {"name": "m"}, "spec": spec}
    tasks = [
        Task(
            id=f"{phase}",
            kind=TaskKind.HOOK if hook else TaskKind.APPLY,
            phase=phase,
            wave=0,
            key=key_of(manifest),
            manifest=manifest,
            policies=frozenset(policies),
            generated_name=generated,
            origin="job.yaml:1",
        )
        for phase in phases
    ]
    stages = tuple(Stage(key=StageKey(task.phase, 0), groups=((task,),)) for task in tasks)
    return [one.message for one in advice(Plan(stages=stages))]


@pytest.mark.parametrize(
    ("kind", "api", "field", "value"),
    [
        ("Job", "batch/v1", "ttlSecondsAfterFinished", 0),
        ("Workflow", "argoproj.io/v1alpha1", "ttlStrategy", {"secondsAfterCompletion": 5}),
    ],
)
def test_a_ttl_on_an_ordinary_object_is_answered_with_a_delete_policy(
    kind: str, api: str, field: str, value: Any
) -> None:
    (message,) = told(kind=kind, api=api, hook=False, **{field: value})
    assert "OutOfSync" in message
    assert "argocd.argoproj.io/hook-delete-policy: HookSucceeded" in message


def test_a_ttl_on_a_hook_is_answered_with_a_delete_policy() -> None:
    (message,) = told(BEFORE, ttlSecondsAfterFinished=60)
    assert "HookSucceeded" in message
    assert "OutOfSync" not in message


def test_a_ttl_that_is_null_is_none() -> None:
    assert told(hook=False, ttlSecondsAfterFinished=None) == []


def test_generated_names_with_before_hook_creation_pile_up() -> None:
    (message,) = told(BEFORE, generated=True)
    assert "pile up" in message


def test_generated_names_with_another_policy_are_fine() -> None:
    assert told(SUCCEEDED, generated=True) == []


@pytest.mark.parametrize(
    ("policies", "kept"), [((SUCCEEDED,), "after it fails"), ((FAILED,), "after it succeeds")]
)
def test_a_named_hook_that_stays_will_not_run_again(
    policies: tuple[DeletePolicy, ...], kept: str
) -> None:
    (message,) = told(*policies)
    assert kept in message


@pytest.mark.parametrize(
    "policies", [(BEFORE,), (SUCCEEDED, FAILED), (BEFORE, SUCCEEDED), (BEFORE, FAILED)]
)
def test_a_named_hook_that_always_goes_is_fine(policies: tuple[DeletePolicy, ...]) -> None:
    assert told(*policies) == []


@pytest.mark.parametrize(
    ("spec", "count"), [({}, 1), ({"restartPolicy": "Always"}, 1), ({"restartPolicy": "Never"}, 0)]
)
def test_a_pod_that_is_always_restarted_never_finishes(spec: dict[str, Any], count: int) -> None:
    assert len(told(BEFORE, kind="Pod", api="v1", **spec)) == count


def test_a_hook_of_several_phases_is_told_of_once() -> None:
    phases = (Phase.PRE_SYNC, Phase.POST_SYNC)
    assert len(told(BEFORE, phases=phases, ttlSecondsAfterFinished=1)) == 1


def test_a_claim_that_is_meant_to_stay_is_no_surprise() -> None:
    assert told(FAILED, kind="PersistentVolumeClaim", api="v1") == []
