"""What a project forbids is not done, and the Application says why."""

from __future__ import annotations

from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, job, results


async def _restrict(fleet: Fleet, **spec: object) -> None:
    await fleet.patch("AppProject", "default", {"spec": spec}, NAMESPACE, "argoproj.io")


async def test_a_repository_that_is_not_permitted(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await _restrict(fleet, sourceRepos=["https://example.com/*"])
        await fleet.application()
        app = await fleet.until_status("Unknown")
        assert "not permitted" in conditions(app)["InvalidSpecError"]
        await _restrict(fleet, sourceRepos=["*"])
        app = await fleet.until_status("OutOfSync")
    assert "InvalidSpecError" not in conditions(app)


async def test_a_kind_that_is_not_permitted_makes_the_operation_invalid(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("tidy", "SyncFail") + job("migrate", "PreSync")}
    )
    async with fleet.running():
        await _restrict(fleet, namespaceResourceBlacklist=[{"group": "batch", "kind": "Job"}])
        await fleet.application()
        app = await fleet.sync()
        assert await fleet.names("Job", group="batch") == []
        assert not await fleet.exists("ConfigMap", "settings")
    state = app["status"]["operationState"]
    assert state["phase"] == "Failed"
    assert "one or more synchronization tasks are not valid" in state["message"]
    assert "not permitted in project default" in results(app)["Job/migrate"]


async def test_inline_manifests_are_held_to_the_project_too(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await _restrict(fleet, namespaceResourceBlacklist=[{"group": "batch", "kind": "Job"}])
        await fleet.application()
        app = await fleet.sync(manifests=[job("sneaky")])
        assert await fleet.names("Job", group="batch") == []
    assert app["status"]["operationState"]["phase"] == "Failed"
