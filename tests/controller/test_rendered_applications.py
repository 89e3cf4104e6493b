"""Applications whose source is rendered: charts, overlays, Jsonnet, several sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controller.fleet import Fleet, conditions, config, job, resources, results

pytestmark = pytest.mark.usefixtures("renderers")

CHART = {
    "Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
    "values.yaml": "colour: blue",
    "templates/settings.yaml": config("settings", colour="{{ .Values.colour }}"),
    "templates/migrate.yaml": job("migrate").replace(
        "name: migrate", "name: migrate\n  annotations: {helm.sh/hook: pre-install}", 1
    ),
}


def source(fleet: Fleet, **fields: Any) -> dict[str, Any]:
    return {"repoURL": fleet.repository.url, "path": ".", "targetRevision": "HEAD", **fields}


async def colour(fleet: Fleet) -> str:
    live = await fleet.get("ConfigMap", "settings")
    found: str = live["data"]["colour"]
    return found


async def test_a_chart_is_synced_with_its_hooks_and_values(fleet: Fleet) -> None:
    fleet.repository.commit(dict(CHART))
    async with fleet.running():
        await fleet.application(source=source(fleet, helm={"valuesObject": {"colour": "red"}}))
        app = await fleet.until_status("OutOfSync")
        assert app["status"]["sourceType"] == "Helm"
        app = await fleet.sync()
        assert app["status"]["operationState"]["phase"] == "Succeeded"
        assert list(results(app)) == ["Job/migrate", "ConfigMap/settings"]
        assert await colour(fleet) == "red"
        app = await fleet.until_status("Synced")
    assert resources(app)["ConfigMap/settings"] == "Synced"


async def test_an_overlay_is_synced(fleet: Fleet) -> None:
    fleet.repository.commit(
        {
            "base/kustomization.yaml": "resources: [settings.yaml]",
            "base/settings.yaml": config("settings", colour="blue"),
            "prod/kustomization.yaml": "resources: [../base]",
        }
    )
    async with fleet.running():
        await fleet.application(
            source=source(fleet, path="prod", kustomize={"commonLabels": {"team": "a"}})
        )
        await fleet.sync()
        app = await fleet.until_status("Synced")
        live = await fleet.get("ConfigMap", "settings")
    assert app["status"]["sourceType"] == "Kustomize"
    assert live["metadata"]["labels"]["team"] == "a"


async def test_a_chart_takes_values_of_another_source(fleet: Fleet) -> None:
    files = {f"web/{name}": text for name, text in CHART.items()}
    fleet.repository.commit({**files, "prod.yaml": "colour: green"})
    chart = source(fleet, path="web", helm={"valueFiles": ["$own/prod.yaml"]})
    own = {"repoURL": fleet.repository.url, "targetRevision": "HEAD", "ref": "own"}
    async with fleet.running():
        await fleet.application(sources=[chart, own])
        await fleet.sync()
        assert await colour(fleet) == "green"
        app = await fleet.until_status("Synced")
    assert len(app["status"]["sync"]["revisions"]) == 2


async def test_what_does_not_render_is_a_condition_until_a_commit_heals_it(fleet: Fleet) -> None:
    fleet.repository.commit({**CHART, "templates/settings.yaml": '{{ fail "no luck" }}'})
    async with fleet.running():
        await fleet.application()
        app = await fleet.until(conditions)
        assert "no luck" in str(conditions(app))
        assert app["status"]["sync"]["status"] == "Unknown"
        fleet.repository.commit(dict(CHART))
        await fleet.refresh()
        await fleet.until_status("OutOfSync")
