"""A controller that ends anywhere is replaced by one that goes on."""

from __future__ import annotations

from tests.controller.fleet import Fleet, config, job


async def test_another_controller_goes_on_with_a_running_hook(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("migrate", "PreSync", "succeed after=30")}
    )
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
    assert not await fleet.exists("ConfigMap", "settings")
    async with fleet.running(identity="another"):
        app = await fleet.until_ended()
        assert await fleet.exists("ConfigMap", "settings")
    assert app["status"]["operationState"]["phase"] == "Succeeded"
    assert len(app["status"]["history"]) == 1


async def test_an_operation_goes_on_at_its_own_revision(fleet: Fleet) -> None:
    first = fleet.repository.commit(
        {"all.yaml": config("settings", a="1") + job("migrate", "PreSync", "succeed after=30")}
    )
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
    fleet.repository.commit({"all.yaml": config("settings", a="2")})
    async with fleet.running(identity="another"):
        app = await fleet.until_ended()
        found = await fleet.get("ConfigMap", "settings")
    assert found["data"] == {"a": "1"}
    assert app["status"]["operationState"]["syncResult"]["revision"] == first


async def test_a_termination_asked_for_meanwhile_is_obeyed(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync", "hang")})
    async with fleet.running():
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
    await fleet.edit({"status": {"operationState": {"phase": "Terminating"}}})
    async with fleet.running(identity="another"):
        app = await fleet.until_ended()
        await fleet.until_absent("Job", "migrate", "batch")
    assert app["status"]["operationState"]["message"] == "Operation terminated"
