"""Settings of ``argocd-cm`` hold, and changes of them hold at once."""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest
from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, resources

UNHEALTHY = """
return {status = "Degraded", message = "so says the script"}
"""


def settings(**data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": NAMESPACE},
        "data": data,
    }


def health_of(app: Manifest, name: str) -> Any:
    (found,) = [each for each in app["status"]["resources"] if each["name"] == name]
    return found.get("health", {})


async def synced(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    await fleet.application()
    await fleet.sync()
    await fleet.until_status("Synced")


async def test_a_health_check_holds_as_soon_as_it_is_written(fleet: Fleet) -> None:
    async with fleet.running():
        await synced(fleet)
        await fleet.create(settings(**{"resource.customizations.health.ConfigMap": UNHEALTHY}))
        app = await fleet.until(lambda app: app["status"]["health"]["status"] == "Degraded")
        assert health_of(app, "settings")["message"] == "so says the script"
        await fleet.delete("ConfigMap", "argocd-cm", NAMESPACE)
        await fleet.until(lambda app: app["status"]["health"]["status"] == "Healthy")


async def test_differences_are_ignored_as_soon_as_the_settings_say_so(fleet: Fleet) -> None:
    async with fleet.running():
        await synced(fleet)
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "2"}})
        await fleet.until_status("OutOfSync")
        rule = "jsonPointers: [/data/a]"
        await fleet.create(
            settings(**{"resource.customizations.ignoreDifferences.ConfigMap": rule})
        )
        await fleet.until_status("Synced")
        await fleet.delete("ConfigMap", "argocd-cm", NAMESPACE)
        await fleet.until_status("OutOfSync")


async def test_differences_are_ignored_as_soon_as_the_application_says_so(fleet: Fleet) -> None:
    async with fleet.running():
        await synced(fleet)
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "2"}})
        await fleet.until_status("OutOfSync")
        rule = {"kind": "ConfigMap", "jqPathExpressions": [".data.a"]}
        await fleet.edit({"spec": {"ignoreDifferences": [rule]}})
        await fleet.until_status("Synced")
        await fleet.edit({"spec": {"ignoreDifferences": None}})
        await fleet.until_status("OutOfSync")


async def test_an_expression_that_is_none_is_a_condition(fleet: Fleet) -> None:
    async with fleet.running():
        await synced(fleet)
        rule = {"kind": "ConfigMap", "jqPathExpressions": [".data["]}
        await fleet.edit({"spec": {"ignoreDifferences": [rule]}})
        app = await fleet.until(lambda app: conditions(app)["InvalidSpecError"])
        assert ".data[" in conditions(app)["InvalidSpecError"]
        await fleet.edit({"spec": {"ignoreDifferences": None}})
        await fleet.until(lambda app: not conditions(app))


async def test_a_setting_that_cannot_be_read_is_told_and_takes_nothing_away(fleet: Fleet) -> None:
    await fleet.create(
        settings(
            **{
                "resource.customizations.health.a_b_C": UNHEALTHY,
                "resource.customizations.health.ConfigMap": UNHEALTHY,
                "timeout.reconciliation": "soon",
            }
        )
    )
    async with fleet.running() as made:
        await synced(fleet)
        app = await fleet.until(lambda app: app["status"]["health"]["status"] == "Degraded")
        assert made.repositories.interval == 120.0
    told = [each["message"] for each in app["status"]["conditions"]]
    assert any("a_b_C" in message for message in told)
    assert any("timeout.reconciliation" in message for message in told)


async def test_a_global_project_restricts_the_projects_it_selects(fleet: Fleet) -> None:
    base = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "base", "namespace": NAMESPACE},
        "spec": {"namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]},
    }
    async with fleet.running():
        await synced(fleet)
        await fleet.create(base)
        await fleet.create(settings(globalProjects="- projectName: base\n"))
        app = await fleet.until(lambda app: conditions(app)["ComparisonError"])
        assert "resource :ConfigMap is not permitted" in conditions(app)["ComparisonError"]
        unblocked = {"spec": {"namespaceResourceBlacklist": None}}
        await fleet.patch("AppProject", "base", unblocked, NAMESPACE, "argoproj.io")
        app = await fleet.until(lambda app: not conditions(app))
    assert resources(app) == {"ConfigMap/settings": "Synced"}


async def test_a_sync_leaves_what_an_expression_names_as_it_is_live(fleet: Fleet) -> None:
    async with fleet.running():
        await synced(fleet)
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "2"}})
        fleet.repository.commit({"settings.yaml": config("settings", a="1", b="new")})
        rule = {"kind": "ConfigMap", "jqPathExpressions": [".data.a"]}
        await fleet.edit({"spec": {"ignoreDifferences": [rule]}})
        await fleet.refresh()
        app = await fleet.sync(syncOptions=["RespectIgnoreDifferences=true"])
        assert app["status"]["operationState"]["phase"] == "Succeeded"
        live = await fleet.get("ConfigMap", "settings")
    assert live["data"] == {"a": "2", "b": "new"}


async def test_what_is_in_sync_but_for_what_is_ignored_is_left_out_of_a_sync(
    fleet: Fleet,
) -> None:
    async with fleet.running():
        await synced(fleet)
        await fleet.patch("ConfigMap", "settings", {"data": {"a": "2"}})
        rule = {"kind": "ConfigMap", "jqPathExpressions": [".data.a"]}
        await fleet.edit({"spec": {"ignoreDifferences": [rule]}})
        app = await fleet.sync(syncOptions=["ApplyOutOfSyncOnly=true"])
        assert not app["status"]["operationState"]["syncResult"].get("resources")
        live = await fleet.get("ConfigMap", "settings")
    assert live["data"] == {"a": "2"}
