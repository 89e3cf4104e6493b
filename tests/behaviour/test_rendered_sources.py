"""Charts and overlays, synced: one application three ways, and a chart's hooks of each type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import tenter
from tenter.errors import RenderError
from tests.behaviour.application import NAME, Application, results
from tests.behaviour.grounds import Grounds
from tests.behaviour.manifests import HOOK, config_map, deployment, job, ship_kind
from tests.sources.projects import write

pytestmark = pytest.mark.usefixtures("renderers")

HELM = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"
POLICY = "helm.sh/hook-delete-policy"


def chart(folder: Path, *manifests: dict[str, Any], **files: str) -> None:
    """Make ``folder`` a chart with these templates, in this order, and other files."""
    write(folder, {"Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}"})
    for number, manifest in enumerate(manifests):
        write(folder, {f"templates/{number}.yaml": yaml.safe_dump(manifest, sort_keys=False)})
    write(folder, {name.replace("__", "/") + ".yaml": text for name, text in files.items()})


def overlay(folder: Path, *manifests: dict[str, Any]) -> None:
    """Make ``folder`` a kustomization of a base within it, with these resources."""
    names = [f"{number}.yaml" for number, _ in enumerate(manifests)]
    write(folder, {"kustomization.yaml": "resources: [base]"})
    write(folder, {"base/kustomization.yaml": yaml.safe_dump({"resources": names})})
    for name, manifest in zip(names, manifests, strict=True):
        write(folder, {f"base/{name}": yaml.safe_dump(manifest, sort_keys=False)})


def plain(folder: Path, *manifests: dict[str, Any]) -> None:
    """Make ``folder`` one of plain manifests."""
    for number, manifest in enumerate(manifests):
        write(folder, {f"{number}.yaml": yaml.safe_dump(manifest, sort_keys=False)})


async def state(grounds: Grounds) -> dict[str, Any]:
    """Return what is live of the application that the test deploys, without its history."""
    wanted = (
        ("", "ConfigMap", "settings"),
        ("apps", "Deployment", "web"),
        ("batch", "Job", "migrate"),
        ("batch", "Job", "smoke"),
    )
    found = {}
    for group, kind, name in wanted:
        live = await grounds.get(kind, name, group=group)
        assert live is not None, name
        metadata = live["metadata"]
        ours = ("argocd.argoproj.io/", "app")
        found[name] = {
            "data": live.get("data"),
            "replicas": live.get("spec", {}).get("replicas"),
            "labels": {k: v for k, v in (metadata.get("labels") or {}).items() if k in ours},
            "annotations": {
                k: v for k, v in (metadata.get("annotations") or {}).items() if k.startswith(ours)
            },
        }
    return found


@pytest.mark.parametrize("make", [overlay, chart])
async def test_an_application_is_the_same_however_it_is_rendered(
    application: Application, make: Any
) -> None:
    manifests = (
        job("smoke", annotations={HOOK: "PostSync"}),
        deployment("web"),
        config_map("settings", {"colour": "blue"}),
        job("migrate", annotations={HOOK: "PreSync"}),
    )
    plain(application.folder, *manifests)
    by_files = await application.sync()
    assert by_files.succeeded, by_files.message
    expected = await state(application.grounds)
    for file in application.folder.iterdir():
        file.unlink()
    make(application.folder, *manifests)
    rendered = await application.sync()
    assert rendered.succeeded, rendered.message
    assert [each.line for each in results(rendered)] == [each.line for each in results(by_files)]
    assert await state(application.grounds) == expected
    # What is the same is not even written again: only the hooks ran.
    assert application.story.created() == ["Job/migrate", "Job/smoke"]


async def test_a_charts_hooks_run_in_their_phases_and_order(application: Application) -> None:
    chart(
        application.folder,
        job("after", annotations={HELM: "post-install,post-upgrade"}),
        job("second", annotations={HELM: "pre-install", WEIGHT: "5"}),
        job("first", annotations={HELM: "pre-upgrade", WEIGHT: "-5", POLICY: "hook-succeeded"}),
        config_map("settings"),
        job("backup", annotations={HELM: "pre-delete"}),
        job("farewell", annotations={HELM: "post-delete"}),
        job("check", annotations={HELM: "test"}),
        job("back", annotations={HELM: "pre-rollback,post-rollback"}),
    )
    outcome = await application.sync()
    assert outcome.succeeded, outcome.message
    assert application.story.in_order(
        "finish Job/first",
        "create Job/second",
        "finish Job/second",
        "create ConfigMap/settings",
        "create Job/after",
    )
    assert sorted(application.story.created("Job")) == ["Job/after", "Job/first", "Job/second"]
    assert application.story.deleted() == ["Job/first"]
    told = " ".join(event.message for event in application.events(tenter.Warned))
    assert "Helm hook type test is not supported" in told
    assert "pre-rollback, post-rollback is not supported" in told

    await application.delete()
    assert application.story.in_order(
        "finish Job/backup", "delete ConfigMap/settings", "create Job/farewell"
    )


async def test_a_charts_definitions_go_before_what_they_define(application: Application) -> None:
    definition = ship_kind()
    names = definition["spec"]["names"]
    version = definition["spec"]["versions"][0]["name"]
    ship = {
        "apiVersion": f"{definition['spec']['group']}/{version}",
        "kind": names["kind"],
        "metadata": {"name": "victory"},
    }
    chart(application.folder, ship, crds__ship=yaml.safe_dump(definition))
    outcome = await application.sync(sync_options=["Preflight=none"], timeout=60)
    told = [each.line for each in results(outcome)]
    assert told.index(f"CustomResourceDefinition/{definition['metadata']['name']}") < told.index(
        f"{names['kind']}/victory"
    )


async def test_an_old_crd_install_hook_is_an_ordinary_object(application: Application) -> None:
    definition = ship_kind()
    definition["metadata"]["annotations"] = {HELM: "crd-install"}
    chart(application.folder, definition, config_map("settings"))
    outcome = await application.sync()
    assert outcome.succeeded, outcome.message
    assert {each.line for each in results(outcome)} == {
        f"CustomResourceDefinition/{definition['metadata']['name']}",
        "ConfigMap/settings",
    }
    assert all("hookType" not in each for each in results(outcome))


async def test_a_hook_that_helm_drops_is_told(application: Application) -> None:
    chart(
        application.folder,
        config_map("settings"),
        job("odd", annotations={HELM: "pre-lunch"}),
    )
    await application.sync()
    told = " ".join(event.message for event in application.events(tenter.Warned))
    assert "Helm knows no hook of type pre-lunch, and left out what has it" in told


async def test_what_a_chart_wants_kept_outlives_the_application(application: Application) -> None:
    chart(
        application.folder,
        config_map("kept", annotations={"helm.sh/resource-policy": "keep"}),
        config_map("settings"),
    )
    await application.sync()
    await application.delete()
    assert await application.grounds.get("ConfigMap", "kept") is not None
    assert await application.grounds.get("ConfigMap", "settings") is None


async def test_a_chart_is_told_the_clusters_version_and_apis(application: Application) -> None:
    write(
        application.folder,
        {
            "Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
            "templates/told.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: told}
                data:
                  jobs: "{{ .Capabilities.APIVersions.Has "batch/v1/Job" }}"
                  ships: "{{ .Capabilities.APIVersions.Has "example.com/v1" }}"
                  version: "{{ .Capabilities.KubeVersion.Version }}"
                  release: "{{ .Release.Name }} in {{ .Release.Namespace }}"
            """,
        },
    )
    await application.sync()
    live = await application.grounds.get("ConfigMap", "told")
    assert live is not None
    served = (await application.grounds.client.version())["gitVersion"]
    assert live["data"] == {
        "jobs": "true",
        "ships": "false",
        "version": served.partition("-")[0].partition("+")[0],
        "release": f"{NAME} in default",
    }


async def test_what_rendered_the_source_is_told(application: Application) -> None:
    chart(application.folder, config_map("settings"))
    await application.sync()
    (told,) = application.events(tenter.SourceRendered)
    assert told.by == "helm, as it holds Chart.yaml"


async def test_what_does_not_render_changes_nothing(application: Application) -> None:
    chart(application.folder, config_map("settings"))
    await application.sync()
    write(application.folder, {"templates/0.yaml": '{{ fail "no luck" }}'})
    with pytest.raises(RenderError, match="no luck"):
        await application.sync(prune=True)
    assert application.story.changed_nothing
