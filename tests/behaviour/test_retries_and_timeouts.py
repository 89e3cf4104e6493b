"""Retries, with their hooks; limits of time; nothing in between that takes time."""

from __future__ import annotations

import pytest

import tenter
from tenter.engine import RetryOptions
from tenter.sources import LocalSource
from tests.behaviour.application import Application, result
from tests.behaviour.manifests import KEPT, config_map, deployment, job


def seconds(application: Application) -> float:
    """Return the time since the test began."""
    return application.grounds.elapsed


def retried(application: Application, **retry: object) -> tenter.Application:
    return tenter.Application(
        name="shop",
        source=LocalSource(path=str(application.folder)),
        namespace="default",
        retry=RetryOptions(**retry),  # type: ignore[arg-type]
    )


async def test_a_failed_sync_starts_again_with_its_hooks(application: Application) -> None:
    outcome = await application.sync(
        job("migrate", hook="PreSync"),
        job("smoke", hook="PostSync", outcome="fail"),
        job("clean", hook="SyncFail"),
        config_map("settings"),
        retry_limit=2,
    )

    assert outcome.phase == "Failed"
    assert outcome.operation_state["retryCount"] == 2
    for name in ("migrate", "smoke", "clean"):
        assert len(set(application.story.uids("Job", name))) == 3, name
    assert outcome.message.endswith("(retried 2 times).")
    assert application.grounds.leftovers() == []


@pytest.mark.long("times an outcome against 5 s")
async def test_a_retry_that_succeeds_ends_the_operation(application: Application) -> None:
    outcome = await application.sync(
        job("migrate", hook="PreSync", outcome="succeed"),
        deployment("web", outcome="run after=8", deadline=5),
        job("smoke", hook="PostSync"),
        retry_limit=3,
    )

    assert outcome.succeeded, outcome.message
    assert outcome.operation_state["retryCount"] >= 1


async def test_each_attempt_of_a_generated_hook_has_a_name_of_its_own(
    application: Application,
) -> None:
    await application.sync(
        job(generate_name="migrate-", hook="PreSync", outcome="fail"), retry_limit=2
    )

    assert len(set(application.story.created("Job"))) == 3


@pytest.mark.long("backs off for 100 s")
async def test_retries_back_off(application: Application) -> None:
    application.write(config_map("settings"), job("bad", hook="PreSync", outcome="fail"))

    await tenter.sync(
        retried(application, limit=3, duration=10.0, factor=3, max_duration=60.0),
        cluster=application.cluster,
    )

    assert 10 + 30 + 60 <= seconds(application) < 10 + 30 + 60 + 5


async def test_the_message_says_when_it_is_tried_again(application: Application) -> None:
    await application.sync(job("bad", hook="PreSync", outcome="fail"), retry_limit=1)

    first = application.events(tenter.AttemptEnded)[0]
    assert "Retrying attempt #1 at " in first.message


async def test_a_sync_without_retries_is_not_tried_again(application: Application) -> None:
    await application.sync(job("bad", hook="PreSync", outcome="fail"))

    assert len(application.story.uids("Job", "bad")) == 1


async def test_from_the_failed_stage_hooks_of_earlier_stages_do_not_run_again(
    application: Application,
) -> None:
    application.write(
        job("migrate", hook="PreSync"),
        config_map("settings"),
        job("smoke", hook="PostSync", outcome="fail"),
    )

    await tenter.sync(
        retried(application, limit=1, from_failed_stage=True), cluster=application.cluster
    )

    story = application.grounds.story()
    assert len(story.uids("Job", "migrate")) == 1
    assert len(story.uids("Job", "smoke")) == 2


@pytest.mark.long("waits for 90 s")
@pytest.mark.parametrize("phase", ["PreSync", "Sync", "PostSync"])
async def test_a_hook_that_takes_too_long_fails_the_sync(
    application: Application, phase: str
) -> None:
    outcome = await application.sync(
        config_map("settings"),
        job("slow", hook=phase, outcome="hang", timeout="90s"),
        job("clean", hook="SyncFail"),
    )

    assert outcome.phase == "Failed"
    assert outcome.timed_out
    assert "timed out after" in result(outcome, "slow")["message"]
    assert 90 <= seconds(application) < 95
    assert "create Job/clean" in application.story
    assert application.grounds.leftovers() == []


@pytest.mark.long("waits for 60 s")
async def test_a_resource_that_takes_too_long_fails_the_sync(application: Application) -> None:
    outcome = await application.sync(
        deployment("web", outcome="never-ready", timeout="1m"), config_map("late", wave=1)
    )

    assert outcome.phase == "Failed"
    assert "apps/Deployment/web: timed out after" in outcome.message
    assert 60 <= seconds(application) < 65


@pytest.mark.long("times outcomes against 10 s")
async def test_the_option_holds_for_all_hooks_without_their_own(
    application: Application,
) -> None:
    outcome = await application.sync(
        job("slow", hook="PreSync", outcome="succeed after=20", timeout="1m"),
        job("slower", hook="PreSync", wave=1, outcome="succeed after=20"),
        sync_options=["HookTimeout=10s"],
    )

    assert result(outcome, "slow")["hookPhase"] == "Succeeded"
    assert "timed out after 10s" in result(outcome, "slower")["message"]


@pytest.mark.long("waits for 50 s")
@pytest.mark.parametrize("asked", [{"timeout": "30s"}, {"sync_options": ["SyncTimeout=30s"]}])
async def test_a_sync_that_takes_too_long_fails_and_runs_its_sync_fail_hooks(
    application: Application, asked: dict[str, object]
) -> None:
    outcome = await application.sync(
        deployment("web", outcome="never-ready"),
        job("smoke", hook="PostSync"),
        job("clean", hook="SyncFail", outcome="succeed after=20"),
        **asked,
    )

    assert outcome.timed_out
    assert "the sync timed out after 30s" in outcome.message
    assert result(outcome, "clean")["hookPhase"] == "Succeeded"
    assert 50 <= seconds(application) < 55


async def test_nothing_waits_between_phases_and_waves(application: Application) -> None:
    await application.sync(
        *(config_map(f"wave{wave}", wave=wave) for wave in range(20)),
        job("before", hook="PreSync", outcome="succeed after=0.01", policy=KEPT),
        job("after", hook="PostSync", outcome="succeed after=0.01", policy=KEPT),
    )

    assert seconds(application) < 0.5 + 2 * application.grounds.job_seconds


async def test_compatibility_waits_two_seconds_between_waves(application: Application) -> None:
    await application.sync(
        *(config_map(f"wave{wave}", wave=wave) for wave in range(5)),
        sync_options=["Compatibility=argocd"],
    )

    assert 8 <= seconds(application) < 9
