"""What a sync leaves alone: skipped objects, delete hooks, and what was not selected."""

from __future__ import annotations

import pytest

import tenter
from tests.behaviour.application import Application, results
from tests.behaviour.manifests import config_map, deployment, job

WEB = tenter.Selected(group="apps", kind="Deployment", name="web")


async def test_a_skipped_object_is_not_applied(application: Application) -> None:
    outcome = await application.sync(config_map("left", hook="Skip"), config_map("settings"))

    assert application.story.created() == ["ConfigMap/settings"]
    assert [each["name"] for each in results(outcome)] == ["settings"]


async def test_an_object_that_becomes_skipped_is_neither_changed_nor_pruned(
    application: Application,
) -> None:
    await application.sync(config_map("left"), config_map("settings"))

    await application.sync(
        config_map("left", {"new": "data"}, hook="Skip"), config_map("settings"), prune=True
    )

    assert application.story.changed_nothing, application.story


@pytest.mark.parametrize("hook", ["Skip,PreSync", "PreSync, Skip"])
async def test_skip_beside_another_type_is_ignored(application: Application, hook: str) -> None:
    await application.sync(job("migrate", hook=hook))

    assert application.story.created() == ["Job/migrate"]


@pytest.mark.parametrize("hook", ["PreDelete", "PostDelete", "PreDelete,PostDelete"])
async def test_a_delete_hook_takes_no_part_in_a_sync(application: Application, hook: str) -> None:
    outcome = await application.sync(job("drop", hook=hook), config_map("settings"))

    assert outcome.succeeded, outcome.message
    assert application.story.created() == ["ConfigMap/settings"]


async def test_a_selective_sync_touches_what_is_selected_and_runs_no_hooks(
    application: Application,
) -> None:
    outcome = await application.sync(
        config_map("settings"), deployment("web"), job("migrate", hook="PreSync"), resources=[WEB]
    )

    assert outcome.succeeded, outcome.message
    assert application.story.created() == ["Deployment/web"]


async def test_a_selective_sync_that_fails_runs_no_hooks(application: Application) -> None:
    broken = deployment("web")
    broken["spec"]["replicas"] = -1

    outcome = await application.sync(broken, job("clean", hook="SyncFail"), resources=[WEB])

    assert outcome.phase == "Failed"
    assert application.story.created() == []


@pytest.mark.parametrize(
    "asked", [{"with_hooks": True}, {"sync_options": ["SelectiveHooks=true"]}], ids=str
)
async def test_a_selective_sync_runs_hooks_if_asked(
    application: Application, asked: dict[str, object]
) -> None:
    await application.sync(
        config_map("settings"),
        deployment("web"),
        job("migrate", hook="PreSync"),
        resources=[WEB],
        **asked,
    )

    assert application.story.created() == ["Job/migrate", "Deployment/web"]


async def test_a_selective_sync_writes_no_history(application: Application) -> None:
    await application.sync(config_map("settings"), deployment("web"), resources=[WEB])

    assert (await application.state()).history == []


async def test_a_selective_sync_prunes_only_what_is_selected(application: Application) -> None:
    await application.sync(config_map("one"), config_map("two"), deployment("web"))

    await application.sync(
        deployment("web"),
        prune=True,
        resources=[tenter.Selected(group="", kind="ConfigMap", name="one")],
    )

    assert application.story.deleted() == ["ConfigMap/one"]


async def test_what_a_selective_sync_created_is_pruned_by_a_later_sync(
    application: Application,
) -> None:
    await application.sync(config_map("settings"), deployment("web"), resources=[WEB])

    await application.sync(config_map("settings"), prune=True)

    assert application.story.deleted() == ["Deployment/web"]
