"""Rules of hooks: what an object's annotations make of it."""

from __future__ import annotations

import pytest

from tenter.engine import Phase, TaskKind
from tenter.errors import HookError
from tenter.hooks import DeletePolicy, HookType, read_hook, read_wave, reading
from tests.engine.world import World, config, job
from tests.rules.registry import rule


@rule("HOOK-TYPES", breaks=lambda patch: patch.setattr(reading, "_listed", lambda text: [text]))
def test_a_manifest_with_several_types_runs_once_in_each_phase() -> None:
    world = World(job("check", hook=" PreSync , PostSync"), config("settings")).run()
    assert world.history.count("create check") == 2
    assert world.result("check", "PreSync").hook_phase == "Succeeded"
    assert world.result("check", "PostSync").hook_phase == "Succeeded"


@rule("HOOK-SKIP", breaks=lambda patch: patch.setattr(reading, "HOOK", "elsewhere"))
def test_an_object_that_is_only_skip_is_not_applied() -> None:
    world = World(config("manual", hook="Skip"), config("settings")).run()
    assert [task.key.name for task in world.plan.tasks] == ["settings"]


@rule("HOOK-SKIP-BESIDE", breaks=lambda patch: patch.setattr(reading, "_effective", tuple))
def test_skip_beside_another_type_is_ignored() -> None:
    hook = read_hook(job("check", hook="Skip,PreSync"))
    assert hook is not None
    assert hook.types == (HookType.PRE_SYNC,)
    assert World(job("check", hook="Skip,PreSync")).run().created() == ["check"]


@rule(
    "HOOK-UNKNOWN",
    breaks=lambda patch: patch.setattr(reading, "_read_argo_types", lambda *_: []),
)
def test_an_unknown_type_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(HookError, match='unknown hook type "Presinc". Did you mean "PreSync"'):
        World(job("check", hook="Presinc"))


@rule(
    "HOOK-DELETE-TYPES",
    breaks=lambda patch: patch.setattr(reading, "_read_argo_types", lambda *_: [HookType.SYNC]),
)
def test_an_object_with_only_delete_types_takes_no_part_in_a_sync() -> None:
    world = World(job("bye", hook="PreDelete,PostDelete"), config("settings")).run()
    assert [task.key.name for task in world.plan.tasks] == ["settings"]


@rule(
    "HOOK-HELM",
    breaks=lambda patch: patch.setitem(reading._HELM_TYPES, "post-upgrade", HookType.SYNC),
)
def test_helm_hooks_are_mapped_to_phases() -> None:
    expected = {
        "pre-install": "PreSync",
        "pre-upgrade": "PreSync",
        "post-install": "PostSync",
        "post-upgrade": "PostSync",
        "pre-delete": "PreDelete",
        "post-delete": "PostDelete",
        "pre-install,pre-upgrade": "PreSync",
    }
    for text, hook_type in expected.items():
        hook = read_hook(job("check", helm_hook=text))
        assert hook is not None
        assert hook.types == (HookType(hook_type),)


@rule("HOOK-HELM-YIELDS", breaks=lambda patch: patch.setattr(reading, "SYNC_TYPES", ()))
def test_helms_sync_types_yield_to_argo_cds_and_delete_types_do_not() -> None:
    hook = read_hook(job("check", hook="PreSync", helm_hook="post-install,post-delete"))
    assert hook is not None
    assert hook.types == (HookType.PRE_SYNC, HookType.POST_DELETE)
    both = read_hook(job("check", hook="PreDelete", helm_hook="post-install"))
    assert both is not None
    assert both.types == (HookType.POST_SYNC, HookType.PRE_DELETE)


@rule("HOOK-HELM-CRD", breaks=lambda patch: patch.setattr(reading, "_HELM_ORDINARY", "none"))
def test_helms_crd_install_makes_an_ordinary_resource() -> None:
    world = World(config("definition", helm_hook="crd-install")).run()
    assert world.task("definition").kind is TaskKind.APPLY


@rule(
    "HOOK-HELM-UNSUPPORTED",
    breaks=lambda patch: patch.setitem(reading._HELM_TYPES, "test", HookType.POST_SYNC),
)
def test_helms_test_hooks_are_reported_and_not_run() -> None:
    hook = read_hook(job("check", helm_hook="test"))
    assert hook is not None
    assert hook.unsupported == ("test",)
    world = World(job("check", helm_hook="test"), config("settings")).run()
    assert [task.key.name for task in world.plan.tasks] == ["settings"]


@rule("HOOK-HELM-WEIGHT", breaks=lambda patch: patch.setattr(reading, "HELM_WEIGHT", "elsewhere"))
def test_helms_weight_is_the_wave_where_there_is_no_sync_wave() -> None:
    assert read_wave(job("check", helm_weight="-4")) == -4
    assert read_wave(job("check", helm_weight="-4", wave="7")) == 7


@rule(
    "HOOK-HELM-POLICY",
    breaks=lambda patch: patch.setattr(reading, "HELM_DELETE_POLICY", "elsewhere"),
)
def test_helms_delete_policies_are_merged_with_argo_cds() -> None:
    hook = read_hook(
        job("check", hook="PreSync", policy="HookFailed", helm_policy="hook-succeeded")
    )
    assert hook is not None
    assert hook.policies == {DeletePolicy.HOOK_FAILED, DeletePolicy.HOOK_SUCCEEDED}


def test_an_empty_helm_hook_annotation_is_refused() -> None:
    with pytest.raises(HookError, match="helm.sh/hook is empty"):
        World(job("migrate", helm_hook=""))


def test_an_empty_hook_annotation_is_refused() -> None:
    with pytest.raises(HookError, match="is empty"):
        read_hook(job("check", hook=" , "))


def test_an_unknown_helm_hook_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(HookError, match='Did you mean "post-install"'):
        read_hook(job("check", helm_hook="post-instal"))


def test_a_hook_in_two_phases_is_a_task_in_each() -> None:
    world = World(job("check", hook="Sync,SyncFail"))
    assert [task.phase for task in world.plan.tasks] == [Phase.SYNC, Phase.SYNC_FAIL]
