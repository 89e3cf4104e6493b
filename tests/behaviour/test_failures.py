"""Failure in each phase, by a hook and by a resource; and the SyncFail hooks after it."""

from __future__ import annotations

import pytest

from tests.behaviour.application import Application, messages, result, results
from tests.behaviour.manifests import Manifest, config_map, deployment, job, pod

PHASES = ("PreSync", "Sync", "PostSync")
ORDER = ("PreSync", "Sync", "PostSync", "SyncFail")


def all_phases() -> list[Manifest]:
    return [
        job("presync", hook="PreSync"),
        config_map("settings"),
        job("sync", hook="Sync"),
        job("postsync", hook="PostSync"),
    ]


@pytest.mark.parametrize("phase", PHASES)
async def test_a_hook_that_fails_fails_the_sync_and_nothing_of_a_later_phase_starts(
    application: Application, phase: str
) -> None:
    manifests = [each for each in all_phases() if each["metadata"]["name"] != phase.lower()]

    outcome = await application.sync(
        *manifests, job("bad", hook=phase, outcome="fail exit=3"), job("clean", hook="SyncFail")
    )

    assert outcome.phase == "Failed"
    assert "Job/bad" in outcome.message
    assert result(outcome, "bad")["hookPhase"] == "Failed"
    later = ORDER[ORDER.index(phase) + 1 : 3]
    ran = [each["syncPhase"] for each in results(outcome)]
    assert not set(later) & set(ran)
    assert ran[-1] == "SyncFail"
    assert application.story.in_order("fail Job/bad", "create Job/clean", "finish Job/clean")


async def test_nothing_is_applied_after_a_failed_pre_sync_hook(application: Application) -> None:
    await application.sync(
        config_map("settings"), deployment("web"), job("bad", hook="PreSync", outcome="fail")
    )

    assert application.story.created() == ["Job/bad"]


async def test_a_resource_that_is_degraded_fails_the_sync(application: Application) -> None:
    outcome = await application.sync(
        pod("worker", outcome="fail exit=2"),
        config_map("late", wave=1),
        job("clean", hook="SyncFail"),
    )

    assert outcome.phase == "Failed"
    assert "Pod/worker" in outcome.message
    assert result(outcome, "worker")["hookPhase"] == "Failed"
    assert application.story.created() == ["Pod/worker", "Job/clean"]


async def test_a_deployment_that_makes_no_progress_fails_the_sync(
    application: Application,
) -> None:
    outcome = await application.sync(
        deployment("web", outcome="never-ready", deadline=30), config_map("late", wave=1)
    )

    assert outcome.phase == "Failed"
    assert "apps/Deployment/web" in outcome.message
    assert "create ConfigMap/late" not in application.story


async def test_a_resource_that_is_degraded_before_post_sync_fails_the_sync(
    application: Application,
) -> None:
    outcome = await application.sync(
        deployment("web", outcome="never-ready", deadline=30),
        job("smoke", hook="PostSync"),
        job("clean", hook="SyncFail"),
    )

    assert outcome.phase == "Failed"
    assert "apps/Deployment/web" in outcome.message
    assert application.story.created("Job") == ["Job/clean"]


async def test_a_resource_of_a_hooks_wave_that_is_degraded_fails_the_sync(
    application: Application,
) -> None:
    outcome = await application.sync(
        config_map("first", wave=-1), pod("worker", outcome="fail"), job("hook", hook="Sync")
    )

    assert outcome.phase == "Failed"
    assert "Pod/worker" in outcome.message
    assert result(outcome, "hook")["hookPhase"] == "Succeeded"


async def test_what_runs_beside_a_failure_is_waited_for_before_the_sync_fail_hooks(
    application: Application,
) -> None:
    outcome = await application.sync(
        job("bad", hook="PreSync", outcome="fail after=1"),
        job("slow", hook="PreSync", outcome="succeed after=60"),
        job("clean", hook="SyncFail"),
    )

    assert application.story.in_order("fail Job/bad", "finish Job/slow", "create Job/clean")
    assert result(outcome, "slow")["hookPhase"] == "Succeeded"


async def test_every_failure_of_a_stage_is_named(application: Application) -> None:
    outcome = await application.sync(
        job("bad", hook="PreSync", outcome="fail"), job("worse", hook="PreSync", outcome="fail")
    )

    assert "Job/bad" in outcome.message
    assert "Job/worse" in outcome.message


async def test_a_failing_sync_fail_hook_is_reported_as_well(application: Application) -> None:
    outcome = await application.sync(
        job("bad", hook="PreSync", outcome="fail"), job("clean", hook="SyncFail", outcome="fail")
    )

    assert outcome.phase == "Failed"
    assert "Job/bad" in outcome.message
    assert "Job/clean" in outcome.message
    assert result(outcome, "clean")["hookPhase"] == "Failed"


async def test_several_sync_fail_hooks_all_run(application: Application) -> None:
    await application.sync(
        job("bad", hook="PreSync", outcome="fail"),
        job("one", hook="SyncFail"),
        pod("two", hook="SyncFail"),
        config_map("three", hook="SyncFail"),
    )

    assert sorted(application.story.created()[1:]) == ["ConfigMap/three", "Job/one", "Pod/two"]


async def test_sync_fail_hooks_run_in_waves(application: Application) -> None:
    await application.sync(
        job("bad", hook="PreSync", outcome="fail"),
        job("second", hook="SyncFail", wave=2),
        job("first", hook="SyncFail", wave=1, outcome="succeed after=10"),
    )

    assert application.story.in_order("finish Job/first", "create Job/second")


async def test_after_a_failing_sync_fail_wave_no_other_wave_runs(
    application: Application,
) -> None:
    outcome = await application.sync(
        job("bad", hook="PreSync", outcome="fail"),
        job("second", hook="SyncFail", wave=2),
        job("first", hook="SyncFail", wave=1, outcome="fail"),
    )

    assert "Job/first" in outcome.message
    assert "create Job/second" not in application.story


async def test_sync_fail_hooks_run_in_each_failing_sync(application: Application) -> None:
    for _ in range(2):
        await application.sync(
            job("bad", hook="PreSync", outcome="fail"), job("clean", hook="SyncFail")
        )
        assert len(application.story.uids("Job", "clean")) == 1


async def test_a_failed_preflight_applies_nothing_and_runs_the_sync_fail_hooks(
    application: Application,
) -> None:
    broken = deployment("web")
    broken["spec"]["replicas"] = -1

    outcome = await application.sync(
        config_map("settings"),
        broken,
        job("migrate", hook="PreSync"),
        job("clean", hook="SyncFail"),
    )

    assert outcome.phase == "Failed"
    assert application.story.created() == ["Job/clean"]
    assert result(outcome, "web")["status"] == "SyncFailed"
    assert "replicas" in messages(outcome)["Deployment/web"]


async def test_with_the_clients_preflight_a_refused_object_fails_in_its_wave(
    application: Application,
) -> None:
    broken = deployment("web")
    broken["spec"]["replicas"] = -1

    outcome = await application.sync(
        config_map("settings"),
        broken,
        job("clean", hook="SyncFail"),
        sync_options=["Preflight=client"],
    )

    assert outcome.phase == "Failed"
    assert application.story.in_order("create ConfigMap/settings", "create Job/clean")


async def test_every_object_of_a_wave_is_attempted_though_one_is_refused(
    application: Application,
) -> None:
    broken = config_map("broken")
    broken["metadata"]["labels"] = {"not a label": "!"}

    outcome = await application.sync(
        broken,
        deployment("web"),
        config_map("late", wave=1),
        sync_options=["Preflight=none"],
    )

    assert outcome.phase == "Failed"
    assert application.story.created() == ["Deployment/web"]


async def test_a_resource_that_vanishes_while_it_is_waited_for_fails_the_sync(
    application: Application,
) -> None:
    import asyncio

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(
            application.sync(deployment("web", outcome="never-ready"), config_map("late", wave=1))
        )
        await application.grounds.until("create Deployment/web")
        await application.grounds.delete("Deployment", "web", group="apps")

    outcome = syncing.result()
    assert outcome.phase == "Failed"
    assert "deployment.apps/web vanished" in outcome.message


@pytest.mark.parametrize("phase", [*PHASES, "SyncFail"])
async def test_no_finalizer_is_left_after_a_failure(application: Application, phase: str) -> None:
    await application.sync(
        config_map("settings"),
        job("bad", hook="PostSync", outcome="fail"),
        job("hook", hook=phase),
    )

    assert application.grounds.leftovers() == []
