"""Deleting an application: PreDelete hooks, its objects, PostDelete hooks, its state."""

from __future__ import annotations

import asyncio
import shutil

import pytest

import tenter
from tenter.errors import StateError
from tests.behaviour.application import Application
from tests.behaviour.manifests import (
    KEPT,
    Manifest,
    cluster_role,
    config_map,
    deployment,
    job,
    ship,
    ship_kind,
)

SETTINGS = config_map("settings")


def is_state(left: list[str]) -> bool:
    return left == ["Secret/tenter.shop"]


async def test_everything_goes_hooks_first_and_state_last(application: Application) -> None:
    await application.sync(
        SETTINGS,
        deployment("web"),
        job("backup", hook="PreDelete", outcome="succeed after=5"),
        job("farewell", hook="PostDelete", policy="HookSucceeded"),
    )
    assert is_state(application.grounds.states())

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("finish Job/backup", "delete Deployment/web")
    assert application.story.in_order("finish Job/backup", "delete ConfigMap/settings")
    assert application.story.in_order("delete Deployment/web", "create Job/farewell")
    assert application.story.in_order("delete ConfigMap/settings", "create Job/farewell")
    assert application.grounds.states() == []
    assert application.grounds.leftovers() == []
    for kind, name, group in (
        ("ConfigMap", "settings", ""),
        ("Deployment", "web", "apps"),
        ("Job", "backup", "batch"),
        ("Job", "farewell", "batch"),
    ):
        assert await application.grounds.get(kind, name, group=group) is None, name


async def test_the_cascade_deletes_the_highest_wave_first(application: Application) -> None:
    await application.sync(*(config_map(f"wave{wave}", wave=wave) for wave in (-1, 0, 3)))

    await application.delete()

    assert application.story.deleted() == [
        "ConfigMap/wave3",
        "ConfigMap/wave0",
        "ConfigMap/wave-1",
    ]


async def test_each_wave_of_the_cascade_is_gone_before_the_next(
    application: Application,
) -> None:
    slow = config_map("slow", wave=1)
    slow["metadata"]["finalizers"] = ["example.com/slow"]
    await application.sync(SETTINGS, slow)

    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete())
        await application.grounds.until("deleting ConfigMap/slow")
        await application.grounds.elapse(60)
        assert "delete ConfigMap/settings" not in application.story
        await application.grounds.patch("ConfigMap", "slow", {"metadata": {"finalizers": None}})

    assert deleting.result().succeeded
    assert application.story.in_order("delete ConfigMap/slow", "delete ConfigMap/settings")


async def test_delete_false_and_kinds_stay(application: Application) -> None:
    await application.sync(
        SETTINGS, config_map("precious", options="Delete=false"), ship_kind(), ship("argo")
    )

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert sorted(application.story.deleted()) == ["ConfigMap/settings", "Ship/argo"]
    assert application.grounds.states() == []


async def test_cluster_scoped_objects_go_as_well(application: Application) -> None:
    await application.sync(SETTINGS, cluster_role("reader"))

    await application.delete()

    assert "ClusterRole/reader" in application.story.deleted()


async def test_hooks_of_syncs_go_with_the_application(application: Application) -> None:
    await application.sync(SETTINGS, job("migrate", hook="PreSync"))

    await application.delete()

    assert "Job/migrate" in application.story.deleted()


async def test_delete_confirm_holds_the_whole_cascade(application: Application) -> None:
    await application.sync(SETTINGS, config_map("precious", options="Delete=confirm"))
    control = tenter.Control()

    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete(control=control))
        await application.until_told(
            lambda event: isinstance(event, tenter.WaitingFor) and "confirmation" in event.message
        )
        await application.grounds.elapse(60)
        assert application.story.deleted() == []
        control.confirm_pruning()

    assert deleting.result().succeeded
    assert sorted(application.story.deleted()) == ["ConfigMap/precious", "ConfigMap/settings"]


async def test_nothing_is_deleted_while_a_pre_delete_hook_fails(
    application: Application,
) -> None:
    await application.sync(SETTINGS, job("backup", hook="PreDelete", outcome="fail"))
    control = tenter.Control()

    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete(control=control))
        await application.grounds.until(
            lambda story: len(story.uids("Job", "backup")) == 4, since=application.grounds.now
        )
        assert "deleting ConfigMap/settings" not in application.story
        control.terminate()

    assert deleting.result().message == "Operation terminated"
    # 5 s, 10 s and 20 s lie between the four tries.
    assert application.grounds.elapsed >= 35
    if not application.grounds.job_seconds:  # where nothing takes time but the pauses
        assert application.grounds.elapsed < 40


async def test_a_failing_pre_delete_hook_is_deleted_before_it_is_tried_again(
    application: Application,
) -> None:
    await application.sync(SETTINGS, job("backup", hook="PreDelete", outcome="fail", policy=""))
    control = tenter.Control()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(application.delete(control=control))
        await application.grounds.until(lambda story: len(story.uids("Job", "backup")) == 2)
        control.terminate()

    assert application.story.in_order("fail Job/backup", "release Job/backup", "delete Job/backup")
    creations = [line for line in application.story.lines if line.startswith(("create", "delete "))]
    assert creations[:3] == ["create Job/backup", "delete Job/backup", "create Job/backup"]


@pytest.mark.parametrize("hook", ["PreDelete", "PostDelete"])
async def test_a_repaired_hook_takes_effect_at_the_next_try(
    application: Application, hook: str
) -> None:
    await application.sync(SETTINGS, job("last", hook=hook, outcome="fail", policy="HookSucceeded"))

    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete())
        await application.until_told(lambda event: isinstance(event, tenter.AttemptEnded))
        application.write(SETTINGS, job("last", hook=hook, policy="HookSucceeded"))

    assert deleting.result().succeeded
    assert application.grounds.states() == []
    assert await application.grounds.get("Job", "last", group="batch") is None


async def test_hooks_that_succeeded_are_not_run_again_with_those_that_failed(
    application: Application,
) -> None:
    good = job("good", hook="PreDelete")
    await application.sync(SETTINGS, good, job("bad", hook="PreDelete", outcome="fail"))

    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete())
        await application.until_told(lambda event: isinstance(event, tenter.AttemptEnded))
        application.write(SETTINGS, good, job("bad", hook="PreDelete"))

    assert deleting.result().succeeded
    assert len(application.story.uids("Job", "good")) == 1
    assert len(application.story.uids("Job", "bad")) == 2


async def test_a_failing_hook_is_skipped_if_asked(application: Application) -> None:
    await application.sync(
        SETTINGS,
        job("backup", hook="PreDelete", outcome="fail"),
        job("farewell", hook="PostDelete", outcome="fail"),
    )

    outcome = await application.delete(skip_hooks=True)

    assert outcome.succeeded, outcome.message
    assert application.story.created() == []
    assert application.story.deleted() == ["ConfigMap/settings"]
    assert application.grounds.states() == []


@pytest.mark.parametrize(
    ("policy", "stays"), [("HookSucceeded", False), ("HookFailed", True), ("", True)]
)
async def test_a_post_delete_hook_stays_unless_its_policy_says_so(
    application: Application, policy: str, stays: bool
) -> None:
    await application.sync(SETTINGS, job("farewell", hook="PostDelete", policy=policy))

    await application.delete()

    live = await application.grounds.get("Job", "farewell", group="batch")
    assert (live is not None) is stays
    assert application.grounds.leftovers() == []


async def test_delete_hooks_run_in_waves(application: Application) -> None:
    await application.sync(
        SETTINGS,
        job("second", hook="PreDelete", wave=1),
        job("first", hook="PreDelete", wave=-1, outcome="succeed after=5"),
    )

    await application.delete()

    assert application.story.in_order("finish Job/first", "create Job/second")


async def test_one_manifest_may_run_before_and_after(application: Application) -> None:
    await application.sync(
        SETTINGS,
        job("both", hook="PreDelete,PostDelete", policy="BeforeHookCreation,HookSucceeded"),
    )

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "both")) == 2


async def test_a_source_that_is_gone_does_not_keep_anybody_from_deleting(
    application: Application,
) -> None:
    await application.sync(SETTINGS, job("backup", hook="PreDelete"))
    shutil.rmtree(application.folder)

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("finish Job/backup", "delete ConfigMap/settings")
    warnings = [event.message for event in application.events(tenter.Warned)]
    assert any("last synced" in warning for warning in warnings)


async def test_a_deletion_that_was_cut_off_goes_on(application: Application) -> None:
    await application.sync(
        SETTINGS, job("backup", hook="PreDelete", outcome="succeed after=60", policy=KEPT)
    )
    deleting = asyncio.create_task(application.delete())
    await application.grounds.until("create Job/backup")
    await application.until_told(lambda event: isinstance(event, tenter.WaitingFor))
    deleting.cancel()
    await asyncio.gather(deleting, return_exceptions=True)

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert application.story.created() == []
    assert application.grounds.story().uids("Job", "backup")[1:] == []
    assert application.grounds.states() == []


async def test_deleting_ends_a_sync_that_was_left_unfinished(application: Application) -> None:
    syncing = asyncio.create_task(
        application.sync(job("slow", hook="PreSync", outcome="hang"), SETTINGS)
    )
    await application.until_told(
        lambda event: isinstance(event, tenter.WaitingFor) and "Job/slow" in event.message
    )
    syncing.cancel()
    await asyncio.gather(syncing, return_exceptions=True)

    outcome = await application.delete()

    assert outcome.succeeded, outcome.message
    assert await application.grounds.get("Job", "slow", group="batch") is None
    assert application.grounds.leftovers() == []


async def test_an_application_that_is_not_there_cannot_be_deleted(
    application: Application,
) -> None:
    with pytest.raises(StateError, match="shop"):
        await application.delete()


async def test_after_a_deletion_the_application_can_be_synced_anew(
    application: Application,
) -> None:
    manifests: list[Manifest] = [SETTINGS, job("migrate", hook="PreSync")]
    await application.sync(*manifests)
    await application.delete()

    outcome = await application.sync(*manifests)

    assert outcome.succeeded, outcome.message
    entries = await tenter.history("shop", cluster=application.cluster)
    assert [entry.id for entry in entries] == [0]


async def test_objects_of_others_stay(application: Application) -> None:
    await application.sync(SETTINGS, config_map("lent"))
    await application.grounds.patch(
        "ConfigMap",
        "lent",
        {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": None}}},
    )

    await application.delete()

    assert application.story.deleted() == ["ConfigMap/settings"]
