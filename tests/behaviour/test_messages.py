"""What an operation says of itself: its message, its results, its waits, its report."""

from __future__ import annotations

import pytest

import tenter
from tests.behaviour.application import Application, messages, result, results
from tests.behaviour.manifests import config_map, deployment, job, pod


async def test_a_last_stage_that_nobody_awaits_ends_with_all_tasks_run(
    application: Application,
) -> None:
    outcome = await application.sync(config_map("settings"))

    assert outcome.message == "successfully synced (all tasks run)"


async def test_a_last_stage_with_hooks_ends_with_no_more_tasks(application: Application) -> None:
    outcome = await application.sync(config_map("settings"), job("smoke", hook="PostSync"))

    assert outcome.message == "successfully synced (no more tasks)"


async def test_an_apply_says_what_it_did(application: Application) -> None:
    first = await application.sync(config_map("settings"), deployment("web"))
    second = await application.sync(config_map("settings", {"new": "data"}), deployment("web"))

    assert messages(first) == {
        "ConfigMap/settings": "configmap/settings created",
        "Deployment/web": "deployment.apps/web created",
    }
    assert messages(second) == {
        "ConfigMap/settings": "configmap/settings configured",
        "Deployment/web": "deployment.apps/web unchanged",
    }


async def test_a_result_says_all_that_an_application_shows(application: Application) -> None:
    outcome = await application.sync(
        config_map("first"), deployment("web"), job("migrate", hook="PreSync")
    )

    assert result(outcome, "web") == {
        "group": "apps",
        "version": "v1",
        "kind": "Deployment",
        "namespace": "default",
        "name": "web",
        "status": "Synced",
        "message": "deployment.apps/web created",
        "hookPhase": "Running",
        "syncPhase": "Sync",
        "images": ["registry.example/web:1"],
    }
    assert result(outcome, "migrate")["hookType"] == "PreSync"
    assert result(outcome, "migrate")["status"] == "Synced"


@pytest.mark.long("waits for 90 s, by the clock")
async def test_the_operation_state_has_its_times(application: Application) -> None:
    outcome = await application.sync(
        config_map("settings"), job("migrate", hook="PreSync", outcome="succeed after=90")
    )

    state = outcome.operation_state
    assert state["phase"] == "Succeeded"
    assert state["startedAt"] == "2026-01-01T07:00:00Z"
    assert state["finishedAt"] == "2026-01-01T07:01:30Z"


async def test_results_stand_in_the_order_of_execution(application: Application) -> None:
    outcome = await application.sync(
        deployment("web"),
        config_map("settings"),
        config_map("early", wave=-1),
        job("after", hook="PostSync"),
        job("before", hook="PreSync"),
    )

    names = [each["name"] for each in results(outcome)]
    assert names == ["before", "early", "settings", "web", "after"]


async def test_a_failed_container_is_named_with_its_exit_code(application: Application) -> None:
    outcome = await application.sync(pod("migrate", hook="PreSync", outcome="fail exit=3"))

    assert 'container "main" failed with exit code 3' in result(outcome, "migrate")["message"]


async def test_while_hooks_run_the_message_names_one_and_counts_the_others(
    application: Application,
) -> None:
    await application.sync(
        *(job(name, hook="PreSync", outcome="succeed after=5") for name in ("a", "b", "c"))
    )

    waits = [event.message for event in application.events(tenter.WaitingFor)]
    assert "waiting for completion of hook batch/Job/a and 2 more hooks" in waits


async def test_while_health_is_awaited_the_message_names_the_resource(
    application: Application,
) -> None:
    await application.sync(deployment("web", outcome="run after=5"), job("smoke", hook="PostSync"))

    waits = [event.message for event in application.events(tenter.WaitingFor)]
    assert "waiting for healthy state of apps/Deployment/web" in waits


async def test_the_report_keeps_a_hooks_last_words_after_it_is_deleted(
    application: Application,
) -> None:
    await application.sync(
        job(
            "migrate",
            hook="PreSync",
            outcome='fail exit=3 log="no such table: users"',
            policy="HookFailed",
        )
    )

    report = await tenter.logs("shop", cluster=application.cluster)
    (hook,) = report.attempts[0].hooks.values()
    assert hook.containers[0].exit_code == 3
    assert "no such table: users" in hook.containers[0].log
    assert application.story.deleted() == ["Job/migrate"]


async def test_the_report_keeps_every_attempt(application: Application) -> None:
    await application.sync(job("bad", hook="PreSync", outcome="fail"), retry_limit=2)

    report = await tenter.logs("shop", cluster=application.cluster)
    assert [attempt.number for attempt in report.attempts] == [0, 1, 2]
    assert all(attempt.phase == "Failed" for attempt in report.attempts)


async def test_the_first_and_last_events_frame_the_operation(application: Application) -> None:
    await application.sync(config_map("settings"), job("migrate", hook="PreSync"))

    assert isinstance(application.told[0], tenter.OperationStarted)
    assert isinstance(application.told[-1], tenter.OperationEnded)


async def test_what_surprises_in_a_hook_is_told(application: Application) -> None:
    await application.sync(job(generate_name="migrate-", hook="PreSync"))

    warnings = [event.message for event in application.events(tenter.Warned)]
    assert any("generateName" in warning for warning in warnings)


@pytest.mark.parametrize("hook", ["PreSync", "Sync", "PostSync"])
async def test_hooks_neither_make_an_application_out_of_sync_nor_count_in_its_health(
    application: Application, hook: str
) -> None:
    await application.sync(config_map("settings"), job("hook", hook=hook, policy="HookSucceeded"))

    overview = await tenter.overview("shop", cluster=application.cluster)

    assert overview.status == "Synced"
    assert overview.health == "Healthy"
    assert [each.key.name for each in overview.objects] == ["settings"]


async def test_an_object_that_someone_changed_makes_the_application_out_of_sync(
    application: Application,
) -> None:
    await application.sync(config_map("settings"))
    await application.grounds.patch("ConfigMap", "settings", {"data": {"made": "otherwise"}})

    overview = await tenter.overview("shop", cluster=application.cluster)

    assert overview.status == "OutOfSync"


async def test_a_skipped_object_is_not_shown_to_need_pruning(application: Application) -> None:
    await application.sync(config_map("settings"), config_map("left"))
    await application.sync(config_map("settings"), config_map("left", hook="Skip"))

    overview = await tenter.overview("shop", cluster=application.cluster)

    assert overview.status == "Synced"
