"""Auto-sync, self-heal and sync windows."""

from __future__ import annotations

import asyncio

import pytest

from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, job


async def test_a_commit_is_synced_by_itself(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}})
        app = await fleet.until_status("Synced")
        assert app["status"]["operationState"]["operation"]["initiatedBy"] == {"automated": True}
        fleet.repository.commit({"all.yaml": config("settings", a="2")})
        await fleet.refresh()
        await fleet.until(lambda app: len(app["status"]["history"]) == 2)
        assert (await fleet.get("ConfigMap", "settings"))["data"] == {"a": "2"}


@pytest.mark.long("it waits by the clock")
async def test_without_self_heal_what_drifts_stays(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}})
        await fleet.until_status("Synced")
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "3"}})
        await fleet.until_status("OutOfSync")
        await asyncio.sleep(600)
        assert (await fleet.get("ConfigMap", "settings"))["data"] == {"a": "3"}


async def test_self_heal_brings_back_what_drifts_without_hooks_or_history(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings", a="1") + config("other") + job("hook", "PostSync")}
    )
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {"selfHeal": True}})
        await fleet.until_status("Synced")
        before = fleet.environment.now()
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "3"}})
        await fleet.until_status("OutOfSync")
        app = await fleet.until_status("Synced")
    assert fleet.environment.now() - before < fleet.at_once
    sync = app["status"]["operationState"]["operation"]["sync"]
    assert sync["autoHealAttemptsCount"] == 1
    assert [each["name"] for each in sync["resources"]] == ["settings"]
    assert len(app["status"]["history"]) == 1


@pytest.mark.long("it waits by the clock")
async def test_a_failing_revision_is_not_tried_for_ever(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("a") + job("migrate", "PreSync", "fail exit=1")})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}, "retry": {"limit": 1}})
        app = await fleet.until(lambda app: "SyncError" in conditions(app))
        started = app["status"]["operationState"]["startedAt"]
        assert conditions(app)["SyncError"].startswith("Failed last sync attempt to [")
        await asyncio.sleep(1000)
        now = fleet.now()
    assert now is not None
    assert now["status"]["operationState"]["startedAt"] == started


async def test_a_repaired_commit_is_synced_and_the_error_goes(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("a") + job("migrate", "PreSync", "fail exit=1")})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}, "retry": {"limit": 0}})
        await fleet.until(lambda app: "SyncError" in conditions(app))
        fleet.repository.commit({"all.yaml": config("a") + job("migrate", "PreSync")})
        await fleet.refresh()
        await fleet.until_status("Synced")
        await fleet.until(lambda app: "SyncError" not in conditions(app))


async def test_pruning_everything_needs_allow_empty(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings"), "readme.md": "nothing"})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {"prune": True}})
        await fleet.until_status("Synced")
        fleet.repository.commit({"all.yaml": None})
        await fleet.refresh()
        app = await fleet.until(lambda app: "SyncError" in conditions(app))
        assert "wipe out all resources" in conditions(app)["SyncError"]
        assert await fleet.exists("ConfigMap", "settings")
        await fleet.edit({"spec": {"syncPolicy": {"automated": {"allowEmpty": True}}}})
        await fleet.until_status("Synced")
        assert not await fleet.exists("ConfigMap", "settings")


async def test_a_manual_sync_waits_for_its_window_and_can_be_terminated(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
    async with fleet.running():
        spec = {"spec": {"syncWindows": [window]}}
        await fleet.patch("AppProject", "default", spec, NAMESPACE, "argoproj.io")
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        app = await fleet.until(
            lambda app: "blocked by sync window" in app["status"]["operationState"]["message"]
        )
        assert app["status"]["operationState"]["phase"] == "Running"
        await fleet.edit({"status": {"operationState": {"phase": "Terminating"}}})
        app = await fleet.until_ended()
    assert app["status"]["operationState"]["message"] == "Operation terminated"
    assert not await fleet.exists("ConfigMap", "settings")


@pytest.mark.long("it waits by the clock")
async def test_a_blocked_sync_begins_when_its_window_lets_it(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    window = {"kind": "allow", "schedule": "0 9 * * *", "duration": "1h", "applications": ["*"]}
    async with fleet.running():
        spec = {"spec": {"syncWindows": [window]}}
        await fleet.patch("AppProject", "default", spec, NAMESPACE, "argoproj.io")
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(
            lambda app: "blocked by sync window" in app["status"]["operationState"]["message"]
        )
        await asyncio.sleep(2 * 3600)
        app = await fleet.until_ended()
    assert app["status"]["operationState"]["phase"] == "Succeeded"
