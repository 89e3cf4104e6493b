"""Each phase alone, and each pair of phases in one manifest."""

from __future__ import annotations

import asyncio
from itertools import combinations

import pytest

from tests.behaviour.application import Application, result, results
from tests.behaviour.manifests import KEPT, config_map, deployment, job

PHASES = ("PreSync", "Sync", "PostSync")
PAIRS = list(combinations(PHASES, 2))
NAMES = {"PreSync": "before", "Sync": "amid", "PostSync": "after"}


@pytest.mark.parametrize("phase", PHASES)
async def test_a_hook_of_each_phase_runs_once_and_succeeds(
    application: Application, phase: str
) -> None:
    outcome = await application.sync(config_map("settings"), job("hook", hook=phase))

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "hook")) == 1
    assert result(outcome, "hook")["hookPhase"] == "Succeeded"
    assert result(outcome, "hook")["hookType"] == phase
    assert result(outcome, "hook")["syncPhase"] == phase


@pytest.mark.parametrize("phase", PHASES)
async def test_a_hook_alone_is_an_application(application: Application, phase: str) -> None:
    outcome = await application.sync(job("hook", hook=phase))

    assert outcome.succeeded, outcome.message
    assert application.story.created() == ["Job/hook"]


async def test_a_sync_fail_hook_alone_never_runs(application: Application) -> None:
    outcome = await application.sync(job("clean", hook="SyncFail"))

    assert outcome.succeeded, outcome.message
    assert application.story.created() == []


async def test_a_pre_sync_hook_ends_before_anything_is_applied(application: Application) -> None:
    await application.sync(
        config_map("settings", wave=-5), job("hook", hook="PreSync", outcome="succeed after=5")
    )

    assert application.story.in_order("finish Job/hook", "create ConfigMap/settings")


async def test_a_sync_hook_runs_together_with_the_manifests(application: Application) -> None:
    await application.sync(
        job("hook", hook="Sync", outcome="succeed after=5"),
        deployment("web", outcome="run after=3"),
    )

    # Neither waits for the other's end.
    assert application.story.in_order("create Deployment/web", "create Job/hook")
    assert application.story.in_order("create Job/hook", "ready Deployment/web", "finish Job/hook")


async def test_a_post_sync_hook_waits_for_every_resource_to_be_healthy(
    application: Application,
) -> None:
    await application.sync(
        deployment("web", outcome="run after=20"),
        config_map("settings"),
        job("hook", hook="PostSync"),
    )

    assert application.story.in_order("ready Deployment/web", "create Job/hook")


async def test_a_post_sync_hook_waits_for_a_resource_that_fell_after_its_wave(
    application: Application,
) -> None:
    application.write(
        deployment("web", wave=-1, outcome="run after=60"),
        job("amid", hook="Sync", outcome="succeed after=5"),
        job("after", hook="PostSync"),
    )
    client = application.grounds.client
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/amid")
        pods = await client.resource("", "Pod")
        (web,) = (await client.list(pods, "default", label_selector="app=web")).items
        await client.delete(pods, "default", web["metadata"]["name"])

    assert syncing.result().succeeded
    lines = application.story.lines
    assert lines.count("ready Deployment/web") == 2
    again = len(lines) - 1 - lines[::-1].index("ready Deployment/web")
    assert lines.index("finish Job/amid") < again < lines.index("create Job/after")


async def test_a_post_sync_hook_waits_for_the_sync_hooks(application: Application) -> None:
    await application.sync(
        job("amid", hook="Sync", outcome="succeed after=20"), job("after", hook="PostSync")
    )

    assert application.story.in_order("finish Job/amid", "create Job/after")


async def test_the_phases_follow_each_other(application: Application) -> None:
    outcome = await application.sync(
        job("after", hook="PostSync"),
        job("amid", hook="Sync"),
        config_map("settings"),
        job("before", hook="PreSync"),
    )

    assert [each["name"] for each in results(outcome)] == ["before", "settings", "amid", "after"]
    assert application.story.in_order(
        "finish Job/before",
        "create ConfigMap/settings",
        "create Job/amid",
        "finish Job/amid",
        "create Job/after",
    )


@pytest.mark.parametrize(("first", "second"), PAIRS)
async def test_two_hooks_of_two_phases_run_one_after_the_other(
    application: Application, first: str, second: str
) -> None:
    await application.sync(
        job(NAMES[second], hook=second),
        job(NAMES[first], hook=first, outcome="succeed after=3"),
        config_map("settings"),
    )

    assert application.story.in_order(f"finish Job/{NAMES[first]}", f"create Job/{NAMES[second]}")


@pytest.mark.parametrize(("first", "second"), PAIRS)
async def test_one_manifest_of_two_phases_runs_once_in_each(
    application: Application, first: str, second: str
) -> None:
    outcome = await application.sync(config_map("settings"), job("hook", hook=f"{first}, {second}"))

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "hook")) == 2
    phases = [each["syncPhase"] for each in results(outcome) if each["name"] == "hook"]
    assert phases == [first, second]


@pytest.mark.parametrize("phase", PHASES)
async def test_one_manifest_of_a_phase_and_sync_fail_runs_once_if_all_goes_well(
    application: Application, phase: str
) -> None:
    outcome = await application.sync(config_map("settings"), job("hook", hook=f"{phase},SyncFail"))

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "hook")) == 1


@pytest.mark.parametrize("phase", PHASES)
async def test_one_manifest_of_a_phase_and_sync_fail_runs_again_after_its_own_failure(
    application: Application, phase: str
) -> None:
    outcome = await application.sync(
        config_map("settings"), job("hook", hook=f"{phase},SyncFail", outcome="fail")
    )

    assert not outcome.succeeded
    assert len(application.story.uids("Job", "hook")) == 2
    phases = [each["syncPhase"] for each in results(outcome) if each["name"] == "hook"]
    assert phases == [phase, "SyncFail"]


async def test_a_generated_hook_of_two_phases_has_a_name_for_each(
    application: Application,
) -> None:
    await application.sync(
        config_map("settings"), job(generate_name="hook-", hook="PreSync,PostSync", policy=KEPT)
    )

    before, after = application.story.created("Job")
    assert "-presync-" in before
    assert "-postsync-" in after


async def test_waves_of_a_phase_run_in_ascending_order(application: Application) -> None:
    await application.sync(
        job("third", hook="PreSync", wave=7),
        job("first", hook="PreSync", wave=-1),
        job("second", hook="PreSync"),
        config_map("settings"),
    )

    assert application.story.in_order(
        "finish Job/first", "create Job/second", "finish Job/second", "create Job/third"
    )


async def test_a_wave_waits_for_the_health_of_the_one_before(application: Application) -> None:
    await application.sync(
        deployment("database", wave=1, outcome="run after=30"), config_map("late", wave=2)
    )

    assert application.story.in_order("ready Deployment/database", "create ConfigMap/late")


async def test_hooks_of_one_wave_run_at_the_same_time(application: Application) -> None:
    await application.sync(
        job("one", hook="PreSync", outcome="succeed after=5"),
        job("two", hook="PreSync", outcome="succeed after=5"),
    )

    assert application.story.in_order("create Job/two", "finish Job/one")
    assert application.story.in_order("create Job/one", "finish Job/two")


async def test_resources_alone_in_one_wave_are_not_waited_for(application: Application) -> None:
    outcome = await application.sync(deployment("web", outcome="never-ready"))

    assert outcome.succeeded, outcome.message
    assert result(outcome, "web")["hookPhase"] == "Running"
