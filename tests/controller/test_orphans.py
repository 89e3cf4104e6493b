"""Objects in an Application's namespace that are nobody's are warned of, if the project asks."""

from __future__ import annotations

from typing import Any

from tests.controller.fleet import NAMESPACE, Fleet, conditions, config


def config_map(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
    }


async def monitor(fleet: Fleet, orphaned: dict[str, Any] | None) -> None:
    body = {"spec": {"orphanedResources": orphaned}}
    await fleet.patch("AppProject", "default", body, NAMESPACE, "argoproj.io")


async def test_an_object_that_is_nobodys_is_warned_of_until_it_is_ignored(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    await fleet.create(config_map("stray"))
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
        await fleet.until_status("Synced")
        assert not conditions(fleet.now() or {})

        await monitor(fleet, {"warn": True})
        app = await fleet.until(lambda app: conditions(app)["OrphanedResourceWarning"])
        assert conditions(app)["OrphanedResourceWarning"].startswith(
            "Application has 1 orphaned resources: ConfigMap/stray. "
        )
        assert app["status"]["sync"]["status"] == "Synced"

        await monitor(fleet, {"ignore": [{"kind": "ConfigMap", "name": "str*"}]})
        await fleet.until(lambda app: not conditions(app))


async def test_an_object_of_another_application_is_nobodys_orphan(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"one/settings.yaml": config("settings"), "two/other.yaml": config("other")}
    )
    async with fleet.running():
        await monitor(fleet, {"warn": True})
        for name in ("one", "two"):
            await fleet.application(name, source={"path": name})
            await fleet.sync(name)
        for name in ("one", "two"):
            await fleet.refresh(name)
            app = await fleet.until_status("Synced", name)
            assert not conditions(app)
