"""How objects are marked as an Application's, and which kinds are left alone."""

from __future__ import annotations

from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, resources


async def _set(fleet: Fleet, **data: str) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": NAMESPACE},
        "data": {name.replace("__", "."): value for name, value in data.items()},
    }
    await fleet.create(manifest)


async def test_a_kind_that_is_excluded_is_left_alone_and_told(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    await _set(fleet, resource__exclusions="[{kinds: [ConfigMap]}]")
    async with fleet.running():
        await fleet.application()
        app = await fleet.until_status("Synced")
        assert "the settings exclude" in conditions(app)["ExcludedResourceWarning"]
        await fleet.sync()
        assert not await fleet.exists("ConfigMap", "settings")


async def test_tracking_by_label(fleet: Fleet) -> None:
    fleet.repository.commit({"a.yaml": config("a"), "b.yaml": config("b")})
    await _set(fleet, application__resourceTrackingMethod="label")
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
        found = await fleet.get("ConfigMap", "a")
        assert found["metadata"]["labels"] == {"app.kubernetes.io/instance": "shop"}
        assert "annotations" not in found["metadata"]
        fleet.repository.commit({"b.yaml": None})
        await fleet.refresh()
        app = await fleet.until_status("OutOfSync")
        assert resources(app) == {"ConfigMap/a": "Synced", "ConfigMap/b": "OutOfSync"}
        await fleet.sync(prune=True)
        assert not await fleet.exists("ConfigMap", "b")
