"""Each field of ``operation``, by what it does."""

from __future__ import annotations

import asyncio

from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, job, results


async def test_terminating_ends_a_running_hook_and_the_operation(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync", "hang")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(
            lambda app: (
                "waiting for completion of hook" in app["status"]["operationState"]["message"]
            )
        )
        await fleet.edit({"status": {"operationState": {"phase": "Terminating"}}})
        app = await fleet.until_ended()
        await fleet.until_absent("Job", "migrate", "batch")
    assert app["status"]["operationState"]["phase"] == "Failed"
    assert app["status"]["operationState"]["message"] == "Operation terminated"
    assert results(app)["Job/migrate"] == "Terminated"


async def test_a_failed_operation_is_tried_again_as_its_retry_says(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": job("migrate", "PreSync", "fail exit=1")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(retry={"limit": 2, "backoff": {"duration": "3s", "factor": 2}})
    state = app["status"]["operationState"]
    assert state["phase"] == "Failed"
    assert state["retryCount"] == 2
    assert state["message"].endswith("(retried 2 times).")


async def test_a_retry_is_told_while_it_is_awaited(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": job("migrate", "PreSync", "fail exit=1")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"retry": {"limit": 1}, "sync": {}}})
        app = await fleet.until(lambda app: app["status"]["operationState"]["finishedAt"])
        assert "Retrying attempt #1 at" in app["status"]["operationState"]["message"]
        assert app["status"]["operationState"]["phase"] == "Running"


async def test_the_specs_own_retry_holds_where_the_operation_names_none(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": job("migrate", "PreSync", "fail exit=1")})
    async with fleet.running():
        await fleet.application(syncPolicy={"retry": {"limit": 1}})
        app = await fleet.sync()
    assert app["status"]["operationState"]["retryCount"] == 1


async def test_a_dry_run_changes_nothing_and_writes_no_history(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(dryRun=True)
        assert not await fleet.exists("ConfigMap", "settings")
    assert app["status"]["operationState"]["phase"] == "Succeeded"
    assert "history" not in app["status"]


async def test_a_selection_syncs_only_those_without_hooks_or_history(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("a") + config("b") + job("hook", "PreSync")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(resources=[{"kind": "ConfigMap", "name": "a"}])
        names = await fleet.names("ConfigMap")
    assert "a" in names
    assert "b" not in names
    assert list(results(app)) == ["ConfigMap/a"]
    assert "history" not in app["status"]


async def test_prune_deletes_what_git_no_longer_has_and_only_then(fleet: Fleet) -> None:
    fleet.repository.commit({"a.yaml": config("a"), "b.yaml": config("b")})
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
        fleet.repository.commit({"b.yaml": None})
        await fleet.refresh()
        app = await fleet.until_status("OutOfSync")
        pruned = next(r for r in app["status"]["resources"] if r["name"] == "b")
        assert pruned["requiresPruning"] is True
        app = await fleet.sync()
        assert results(app)["ConfigMap/b"] == "ignored (requires pruning)"
        assert await fleet.exists("ConfigMap", "b")
        app = await fleet.sync(prune=True)
        assert results(app)["ConfigMap/b"] == "pruned"
        assert not await fleet.exists("ConfigMap", "b")
        await fleet.until_status("Synced")


async def test_manifests_take_the_place_of_the_source(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(manifests=[config("inline")])
        assert await fleet.exists("ConfigMap", "inline")
        assert not await fleet.exists("ConfigMap", "settings")
    assert app["status"]["operationState"]["phase"] == "Succeeded"


async def test_a_revision_overrides_the_specs_for_this_sync(fleet: Fleet) -> None:
    first = fleet.repository.commit({"all.yaml": config("settings", a="1")})
    fleet.repository.commit({"all.yaml": config("settings", a="2")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(revision=first)
        found = await fleet.get("ConfigMap", "settings")
    assert found["data"] == {"a": "1"}
    assert app["status"]["operationState"]["syncResult"]["revision"] == first


async def test_a_source_overrides_the_specs_for_this_sync(fleet: Fleet) -> None:
    fleet.repository.commit({"a/one.yaml": config("one"), "b/two.yaml": config("two")})
    async with fleet.running():
        await fleet.application(source={"path": "a"})
        await fleet.sync(source={"repoURL": fleet.repository.url, "path": "b"})
        assert await fleet.exists("ConfigMap", "two")
        assert not await fleet.exists("ConfigMap", "one")


async def test_a_rollback_runs_no_hooks_and_writes_history(fleet: Fleet) -> None:
    first = fleet.repository.commit(
        {"all.yaml": config("settings", a="1") + job("hook", "PostSync")}
    )
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
        fleet.repository.commit({"all.yaml": config("settings", a="2")})
        await fleet.refresh()
        await fleet.sync()
        app = await fleet.sync(revision=first, syncStrategy={"apply": {}})
    assert list(results(app)) == ["ConfigMap/settings"]
    assert [entry["id"] for entry in app["status"]["history"]] == [0, 1, 2]


async def test_info_is_recorded(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(info=[{"name": "ticket", "value": "42"}])
    assert app["status"]["operationState"]["operation"]["info"] == [
        {"name": "ticket", "value": "42"}
    ]


async def test_an_unreadable_source_is_an_error_and_retried_like_a_failure(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(revision="nowhere")
        assert app["status"]["operationState"]["phase"] == "Error"
        assert "ComparisonError" in app["status"]["operationState"]["message"]
        await fleet.edit({"operation": {"retry": {"limit": 3}, "sync": {"revision": "later"}}})
        await fleet.until(lambda app: "Retrying" in app["status"]["operationState"]["message"])
        fleet.repository.git("branch", "later")
        app = await fleet.until_ended()
    assert app["status"]["operationState"]["phase"] == "Succeeded"


async def test_an_operation_without_a_sync_ends_and_says_why(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"info": [{"name": "a", "value": "b"}]}})
        app = await fleet.until_ended()
    assert app["status"]["operationState"]["phase"] == "Error"
    assert "set operation.sync" in app["status"]["operationState"]["message"]


async def test_an_operation_asked_for_meanwhile_is_refused(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("migrate", "PreSync", "succeed after=20")}
    )
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: app["status"]["operationState"]["phase"] == "Running")
        await fleet.edit({"operation": {"sync": {"prune": True}}})
        app = await fleet.until_ended()
    assert app["status"]["operationState"]["phase"] == "Succeeded"
    assert "already in progress" in conditions(app)["SyncError"]


async def test_a_superseding_operation_ends_the_one_that_runs(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": job("migrate", "PreSync", "hang")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
        fleet.repository.commit({"all.yaml": config("settings")})
        await fleet.refresh()
        app = await fleet.sync(syncOptions=["Supersede=true"])
        assert await fleet.exists("ConfigMap", "settings")
    assert app["status"]["operationState"]["phase"] == "Succeeded"


async def test_history_keeps_as_many_entries_as_the_spec_says(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application(revisionHistoryLimit=2)
        for _ in range(3):
            app = await fleet.sync()
            await asyncio.sleep(2)
    assert [entry["id"] for entry in app["status"]["history"]] == [1, 2]


async def test_ten_sync_runs_are_kept(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        for _ in range(12):
            await fleet.sync()
            await asyncio.sleep(2)
    assert len(await fleet.names("SyncRun", NAMESPACE, "tenter.dev")) == 10
