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
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> list[str]:
    metadata = {"name": "m", "annotations": annotations or {}}
    manifest = {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
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


def test_a_hook_of_two_phases_is_said_to_run_twice() -> None:
    annotations = {"argocd.argoproj.io/hook": "PreSync,PostSync"}
    phases = (Phase.PRE_SYNC, Phase.POST_SYNC)
    (message,) = told(BEFORE, phases=phases, annotations=annotations)
    assert message.startswith("it runs 2 times in each sync, in PreSync and in PostSync.")


@pytest.mark.parametrize(
    ("helm", "phase"), [("pre-install", "PreSync"), ("post-upgrade,pre-delete", "PostSync")]
)
def test_a_charts_hook_for_installs_or_upgrades_only_is_said_to_run_always(
    helm: str, phase: str
) -> None:
    (message,) = told(BEFORE, annotations={"helm.sh/hook": helm})
    assert f"this {helm.partition(',')[0]} hook runs in every sync ({phase})" in message


@pytest.mark.parametrize(
    "annotations",
    [
        {"helm.sh/hook": "pre-install,pre-upgrade"},
        {"helm.sh/hook": "pre-install", "argocd.argoproj.io/hook": "PreSync"},
        {"argocd.argoproj.io/hook": "PreSync"},
    ],
)
def test_a_hook_that_runs_as_meant_is_not_told_of(annotations: dict[str, str]) -> None:
    assert told(BEFORE, annotations=annotations) == []
