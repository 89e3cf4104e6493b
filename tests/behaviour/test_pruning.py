"""What the source no longer has: kept, pruned, in which order, and with whose word."""

from __future__ import annotations

import asyncio

import pytest

import tenter
from tests.behaviour.application import Application, messages, result, results
from tests.behaviour.manifests import config_map, deployment, job

SETTINGS = config_map("settings")


async def test_without_being_asked_nothing_is_pruned(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    outcome = await application.sync(SETTINGS)

    assert outcome.succeeded, outcome.message
    assert application.story.changed_nothing, application.story
    assert result(outcome, "old")["status"] == "PruneSkipped"
    assert result(outcome, "old")["message"] == "ignored (requires pruning)"


async def test_when_asked_it_is_pruned(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    outcome = await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == ["ConfigMap/old"]
    assert result(outcome, "old")["status"] == "Pruned"
    assert result(outcome, "old")["message"] == "pruned"
    assert result(outcome, "old")["hookPhase"] == "Succeeded"


async def test_what_was_kept_once_can_be_pruned_later(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))
    await application.sync(SETTINGS)

    await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == ["ConfigMap/old"]


async def test_objects_that_were_never_the_applications_are_not_pruned(
    application: Application,
) -> None:
    stranger = config_map("stranger")
    stranger["metadata"]["namespace"] = "default"
    await application.grounds.create(stranger)

    await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == []


async def test_hooks_are_not_pruned(application: Application) -> None:
    await application.sync(SETTINGS, job("migrate", hook="PreSync"))

    await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == []


async def test_what_a_pruned_object_owns_is_gone_before_it(application: Application) -> None:
    await application.sync(SETTINGS, deployment("web"))
    await application.grounds.until("ready Deployment/web")

    await application.sync(SETTINGS, prune=True)

    client = application.grounds.client
    pods = await client.list(await client.resource("", "Pod"), "default")
    assert pods.items == []
    assert application.story.deleted() == ["Deployment/web"]


async def test_prune_waves_run_in_reverse(application: Application) -> None:
    await application.sync(SETTINGS, *(config_map(f"old{wave}", wave=wave) for wave in (1, 2, 3)))

    await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == ["ConfigMap/old3", "ConfigMap/old2", "ConfigMap/old1"]


async def test_a_prune_wave_is_gone_before_the_next_begins(application: Application) -> None:
    slow = config_map("old2", wave=2)
    slow["metadata"]["finalizers"] = ["example.com/slow"]
    await application.sync(SETTINGS, slow, config_map("old1", wave=1))
    application.write(SETTINGS)

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(prune=True))
        await application.grounds.until("deleting ConfigMap/old2")
        await application.grounds.elapse(30)
        assert "deleting ConfigMap/old1" not in application.story
        await application.grounds.patch("ConfigMap", "old2", {"metadata": {"finalizers": None}})

    assert syncing.result().succeeded
    assert application.story.in_order("delete ConfigMap/old2", "delete ConfigMap/old1")


async def test_prunes_run_first_within_a_wave(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    await application.sync(SETTINGS, config_map("new"), prune=True)

    assert application.story.in_order("delete ConfigMap/old", "create ConfigMap/new")


@pytest.mark.parametrize("place", ["application", "object"])
async def test_with_prune_last_an_object_goes_after_all_waves(
    application: Application, place: str
) -> None:
    on_object = "PruneLast=true" if place == "object" else ""
    on_application = ["PruneLast=true"] if place == "application" else []
    await application.sync(SETTINGS, config_map("old", options=on_object))

    await application.sync(
        SETTINGS,
        config_map("new", wave=4),
        job("amid", hook="Sync", wave=5),
        job("after", hook="PostSync"),
        prune=True,
        sync_options=on_application,
    )

    assert application.story.in_order("finish Job/amid", "delete ConfigMap/old", "create Job/after")


async def test_pre_sync_hooks_run_before_prunes(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    await application.sync(SETTINGS, job("backup", hook="PreSync"), prune=True)

    assert application.story.in_order("finish Job/backup", "delete ConfigMap/old")


async def test_a_failed_hook_keeps_what_was_to_be_pruned(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    await application.sync(SETTINGS, job("backup", hook="PreSync", outcome="fail"), prune=True)

    assert application.story.deleted() == []


async def test_prune_false_keeps_an_object(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old", options="Prune=false"))

    outcome = await application.sync(SETTINGS, prune=True)

    assert application.story.deleted() == []
    assert messages(outcome)["ConfigMap/old"] == "ignored (no prune)"


async def test_prune_confirm_waits_for_the_users_word(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old", options="Prune=confirm"))
    application.write(SETTINGS)
    control = tenter.Control()

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(prune=True, control=control))
        await application.until_told(
            lambda event: (
                isinstance(event, tenter.WaitingFor)
                and event.message == "waiting for pruning confirmation of ConfigMap/old"
            )
        )
        await application.grounds.elapse(60)
        assert application.story.deleted() == []
        control.confirm_pruning()

    assert syncing.result().succeeded
    assert application.story.deleted() == ["ConfigMap/old"]


async def test_prune_confirm_is_answered_by_an_annotation_on_the_state(
    application: Application,
) -> None:
    await application.sync(SETTINGS, config_map("old", options="Prune=confirm"))
    application.write(SETTINGS)

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(prune=True))
        await application.until_told(
            lambda event: isinstance(event, tenter.WaitingFor) and "confirmation" in event.message
        )
        for approved in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"):
            assert application.story.deleted() == []
            await application.grounds.patch(
                "Secret",
                "tenter.shop",
                {"metadata": {"annotations": {"argocd.argoproj.io/deletion-approved": approved}}},
            )
            await application.grounds.elapse(30)

    assert syncing.result().succeeded
    assert application.story.deleted() == ["ConfigMap/old"]


async def test_prunes_may_be_confirmed_from_the_start(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old", options="Prune=confirm"))

    await application.sync(SETTINGS, prune=True, confirm_prune=True)

    assert application.story.deleted() == ["ConfigMap/old"]


async def test_a_prune_that_is_refused_fails_the_sync_and_stops_it(
    application: Application,
) -> None:
    await application.sync(SETTINGS, config_map("old"))
    application.grounds.forbid(verb="delete", resource="configmaps")

    outcome = await application.sync(
        SETTINGS,
        config_map("late", wave=1),
        prune=True,
        sync_options=["Preflight=client"],
    )

    assert outcome.phase == "Failed"
    assert "ConfigMap/old" in outcome.message
    assert "forbidden" in outcome.message
    assert "create ConfigMap/late" not in application.story


async def test_orphan_propagation_leaves_what_the_object_owns(application: Application) -> None:
    await application.sync(SETTINGS, deployment("web"))
    await application.grounds.until("ready Deployment/web")

    await application.sync(SETTINGS, prune=True, sync_options=["PrunePropagationPolicy=orphan"])
    await application.grounds.elapse(5)

    client = application.grounds.client
    pods = await client.list(await client.resource("", "Pod"), "default")
    assert len(pods.items) == 1


async def test_results_of_prunes_stand_where_they_ran(application: Application) -> None:
    await application.sync(SETTINGS, config_map("old"))

    outcome = await application.sync(
        SETTINGS, job("before", hook="PreSync"), job("after", hook="PostSync"), prune=True
    )

    assert [each["name"] for each in results(outcome)] == ["before", "old", "settings", "after"]


async def test_an_object_that_someone_pruned_already_is_forgotten(
    application: Application,
) -> None:
    await application.sync(SETTINGS, config_map("old"))
    await application.grounds.delete("ConfigMap", "old")

    outcome = await application.sync(SETTINGS, prune=True)

    assert outcome.succeeded, outcome.message
    names = [key.name for key in (await application.state()).inventory.objects]
    assert names == ["settings"]
