"""Hooks that something else wants to remove: a TTL, a person."""

from __future__ import annotations

import asyncio

import pytest

import tenter
from tests.behaviour.application import Application, result
from tests.behaviour.grounds import Grounds
from tests.behaviour.manifests import KEPT, config_map, job


async def test_a_hook_of_no_time_to_live_is_seen_to_succeed_and_then_goes(
    application: Application, grounds: Grounds
) -> None:
    outcome = await application.sync(
        job("migrate", hook="PreSync", ttl=0, policy=KEPT), config_map("settings")
    )
    await grounds.until("delete Job/migrate")

    assert outcome.succeeded, outcome.message
    assert result(outcome, "migrate")["hookPhase"] == "Succeeded"
    assert application.story.in_order(
        "finish Job/migrate", "release Job/migrate", "delete Job/migrate"
    )


async def test_a_hook_of_no_time_to_live_is_seen_to_fail(
    application: Application, grounds: Grounds
) -> None:
    outcome = await application.sync(
        job("migrate", hook="PreSync", ttl=0, outcome="fail"), config_map("settings")
    )
    await grounds.until("delete Job/migrate")

    assert outcome.phase == "Failed"
    assert result(outcome, "migrate")["hookPhase"] == "Failed"


async def delete_while_running(
    application: Application,
    outcome: str,
    *,
    hook: str = "PreSync",
    propagation: str = "Foreground",
) -> tenter.SyncOutcome:
    application.write(
        job("migrate", hook=hook, outcome=outcome),
        config_map("settings"),
        job("clean", hook="SyncFail"),
    )
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until_running("migrate")
        await application.grounds.delete("Job", "migrate", group="batch", propagation=propagation)
    return syncing.result()


@pytest.mark.parametrize("hook", ["PreSync", "Sync", "PostSync"])
async def test_a_hook_deleted_by_hand_while_it_runs_has_failed(
    application: Application, hook: str
) -> None:
    outcome = await delete_while_running(application, "hang", hook=hook)

    assert outcome.phase == "Failed"
    assert "deleted by another" in result(outcome, "migrate")["message"]
    assert application.story.in_order("deleting Job/migrate", "create Job/clean")
    assert application.story.deleted() == ["Job/migrate"]
    assert application.grounds.leftovers() == []


async def test_a_hook_deleted_by_hand_may_finish_while_its_program_runs(
    application: Application,
) -> None:
    outcome = await delete_while_running(application, "succeed after=60", propagation="Background")

    # Kubernetes does not count Pods for a Job that is going, so it never becomes Complete.
    assert "deleted by another" in result(outcome, "migrate")["message"]
    assert application.grounds.elapsed >= application.grounds.takes(60)


async def test_a_hook_deleted_by_hand_is_not_made_again(application: Application) -> None:
    await delete_while_running(application, "hang")

    assert len(application.story.uids("Job", "migrate")) == 1


async def test_a_sync_fail_hook_deleted_by_hand_ends_the_sync(application: Application) -> None:
    application.write(
        job("bad", hook="PreSync", outcome="fail"), job("clean", hook="SyncFail", outcome="hang")
    )
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/clean")
        await application.grounds.delete("Job", "clean", group="batch", propagation="Foreground")

    assert syncing.result().phase == "Failed"
    assert "Job/clean" in syncing.result().message
    assert application.grounds.leftovers() == []


async def test_a_hook_whose_finalizer_someone_strips_and_who_goes_has_failed(
    application: Application, grounds: Grounds
) -> None:
    application.write(job("migrate", hook="PreSync", outcome="hang"), config_map("settings"))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await grounds.until("create Job/migrate")
        await grounds.patch("Job", "migrate", {"metadata": {"finalizers": None}}, group="batch")
        await grounds.delete("Job", "migrate", group="batch")

    outcome = syncing.result()
    assert outcome.phase == "Failed"
    assert "vanished" in result(outcome, "migrate")["message"]
