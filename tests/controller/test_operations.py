"""What is asked of an Application in ``operation``, and what it says of it."""

from __future__ import annotations

from tests.controller.fleet import NAMESPACE, Fleet, config, job, resources, results


async def test_a_sync_deploys_and_says_so(fleet: Fleet) -> None:
    commit = fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync(revision=commit)
        assert await fleet.exists("ConfigMap", "settings")
        state = app["status"]["operationState"]
        assert state["phase"] == "Succeeded"
        assert state["message"] == "successfully synced (all tasks run)"
        assert state["syncResult"]["revision"] == commit
        assert state["operation"]["sync"]["revision"] == commit
        assert results(app) == {"ConfigMap/settings": "configmap/settings created"}
        app = await fleet.until_status("Synced")
    assert app["status"]["health"]["status"] == "Healthy"
    assert resources(app) == {"ConfigMap/settings": "Synced"}
    (entry,) = app["status"]["history"]
    assert entry["id"] == 0
    assert entry["revision"] == commit


async def test_hooks_run_around_the_sync_and_are_in_the_results(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("migrate", "PreSync") + job("smoke", "PostSync")}
    )
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync()
    found = app["status"]["operationState"]["syncResult"]["resources"]
    assert [(each["name"], each["hookPhase"]) for each in found] == [
        ("migrate", "Succeeded"),
        ("settings", "Succeeded"),
        ("smoke", "Succeeded"),
    ]


async def test_a_failing_hook_fails_the_operation_with_its_exit_code(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("migrate", "PreSync", outcome="fail exit=3")}
    )
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync()
    state = app["status"]["operationState"]
    assert state["phase"] == "Failed"
    assert "one or more synchronization tasks completed unsuccessfully" in state["message"]
    assert app["status"].get("history") is None


async def test_the_operation_is_kept_in_a_sync_run(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync")})
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
    (name,) = await fleet.names("SyncRun", NAMESPACE, "tenter.dev")
    run = await fleet.get("SyncRun", name, NAMESPACE, "tenter.dev")
    assert run["status"]["phase"] == "Succeeded"
    assert run["spec"]["application"] == "shop"
    assert run["report"]["attempts"][0]["phase"] == "Succeeded"


async def test_a_hook_that_visibly_waits_says_why_while_it_is_progressing(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": job("migrate", "PreSync", outcome="pull-error")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        app = await fleet.until(lambda app: "ImagePullBackOff" in results(app)["Job/migrate"])
        state = app["status"]["operationState"]
        assert state["phase"] == "Running"
        assert state["message"] == "waiting for completion of hook batch/Job/migrate"
        (name,) = await fleet.names("SyncRun", NAMESPACE, "tenter.dev")
        run = await fleet.get("SyncRun", name, NAMESPACE, "tenter.dev")
        assert run["status"]["phase"] == "Running"
        assert "hook batch/Job/migrate (ImagePullBackOff: " in run["status"]["message"]


async def test_a_full_comparison_follows_the_end_of_an_operation(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.sync()
        finished = app["status"]["operationState"]["finishedAt"]
        app = await fleet.until(lambda app: app["status"]["reconciledAt"] >= finished)
        app = await fleet.until_status("Synced")
    assert app["status"]["operationState"]["phase"] == "Succeeded"
