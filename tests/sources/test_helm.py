"""Every field of ``source.helm``, by the real program, and what it must not do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.sources.projects import FACTS, commit, load_folder, names, objects, repository, write

from tenter.errors import NoManifests, RenderError, SourceError
from tenter.manifests import Manifest
from tenter.sources import GitSource, RenderFacts, SeveralSources, load, read_source_options

pytestmark = pytest.mark.usefixtures("renderers")

CHART = {
    "chart/Chart.yaml": "{apiVersion: v2, name: web, version: 1.2.3}",
    "chart/values.yaml": "{colour: blue, size: 1, words: a, list: [], file: none}",
    "chart/values.schema.json": '{"properties": {"size": {"maximum": 10}}}',
    "chart/crds/crd.yaml": """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: ships.example.com}
        spec:
          group: example.com
          names: {kind: Ship, plural: ships}
          scope: Namespaced
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    """,
    "chart/templates/config.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}-config"}
        data:
          namespace: "{{ .Release.Namespace }}"
          kube: "{{ .Capabilities.KubeVersion.Version }}"
          ships: "{{ .Capabilities.APIVersions.Has "example.com/v1/Ship" }}"
          values: {{ toJson .Values | quote }}
    """,
    "chart/templates/tests/smoke.yaml": """
        apiVersion: v1
        kind: Pod
        metadata: {name: smoke, annotations: {helm.sh/hook: test}}
        spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
    """,
    "chart/ci/green.yaml": "colour: green",
    "values/red.yaml": "colour: red",
    "chart/text.txt": "a, b",
}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return the folder of a chart in a repository that has values beside it."""
    write(tmp_path, CHART)
    repository(tmp_path)
    return tmp_path / "chart"


def config(manifests: list[Manifest]) -> dict[str, Any]:
    """Return the chart's ConfigMap, its values read."""
    found = next(each for each in manifests if each["kind"] == "ConfigMap")
    data: dict[str, Any] = found["data"]
    values: dict[str, Any] = json.loads(data["values"])
    return {"name": found["metadata"]["name"], **data, **values}


@pytest.mark.parametrize(
    ("options", "field", "expected"),
    [
        ({"releaseName": "front"}, "name", "front-config"),
        ({"namespace": "other"}, "namespace", "other"),
        ({"kubeVersion": "1.31.5"}, "kube", "v1.31.5"),
        ({"apiVersions": ["example.com/v1/Ship"]}, "ships", "true"),
        ({"values": "colour: pink"}, "colour", "pink"),
        ({"valuesObject": {"colour": "grey"}}, "colour", "grey"),
        ({"values": "colour: pink", "valuesObject": {"colour": "grey"}}, "colour", "grey"),
        ({"valueFiles": ["ci/green.yaml"]}, "colour", "green"),
        ({"valueFiles": ["../values/red.yaml"]}, "colour", "red"),
        ({"valueFiles": ["/values/red.yaml"]}, "colour", "red"),
        ({"valueFiles": ["ci/green.yaml", "/values/red.yaml"]}, "colour", "red"),
        ({"valueFiles": ["ci/green.yaml"], "values": "colour: pink"}, "colour", "pink"),
        (
            {"values": "colour: pink", "parameters": [{"name": "colour", "value": "white"}]},
            "colour",
            "white",
        ),
        ({"parameters": [{"name": "size", "value": "7"}]}, "size", 7),
        ({"parameters": [{"name": "size", "value": "7", "forceString": True}]}, "size", "7"),
        ({"parameters": [{"name": "words", "value": "a,b=c"}]}, "words", "a,b=c"),
        ({"parameters": [{"name": "list", "value": "{a,b}"}]}, "list", ["a", "b"]),
        ({"parameters": [{"name": "words", "value": "$ARGOCD_APP_NAME"}]}, "words", "shop"),
        ({"fileParameters": [{"name": "file", "path": "text.txt"}]}, "file", "a, b"),
        ({"fileParameters": [{"name": "file", "path": "/chart/text.txt"}]}, "file", "a, b"),
    ],
)
async def test_a_field_changes_what_the_chart_renders_to(
    chart: Path, options: dict[str, Any], field: str, expected: Any
) -> None:
    schema_off = {"skipSchemaValidation": True} if expected == "7" else {}
    assert config(await objects(chart, helm={**options, **schema_off}))[field] == expected
    assert config(await objects(chart))[field] != expected


async def test_the_destination_is_told_to_the_chart(chart: Path) -> None:
    facts = RenderFacts(
        application="shop",
        namespace="prod",
        kube_version="1.30.2",
        api_versions=("example.com/v1/Ship",),
    )
    found = config([d.manifest for d in (await load_folder(chart, facts=facts)).documents])
    assert (found["name"], found["namespace"]) == ("shop-config", "prod")
    assert (found["kube"], found["ships"]) == ("v1.30.2", "true")


async def test_a_value_may_be_taken_away(chart: Path) -> None:
    assert "colour" not in config(await objects(chart, helm={"valuesObject": {"colour": None}}))


async def test_definitions_come_with_the_chart_unless_skipped(chart: Path) -> None:
    definition = "CustomResourceDefinition/ships.example.com"
    assert definition in names(await objects(chart))
    assert definition not in names(await objects(chart, helm={"skipCrds": True}))


async def test_tests_are_left_out_where_the_source_says_so(chart: Path) -> None:
    assert "Pod/smoke" in names(await objects(chart))
    assert "Pod/smoke" not in names(await objects(chart, helm={"skipTests": True}))


async def test_values_against_the_schema_are_refused_unless_it_is_skipped(chart: Path) -> None:
    options: dict[str, Any] = {"valuesObject": {"size": 11}}
    with pytest.raises(RenderError, match="maximum"):
        await objects(chart, helm=options)
    options["skipSchemaValidation"] = True
    assert config(await objects(chart, helm=options))["size"] == 11


async def test_a_missing_values_file_is_an_error_unless_it_may_be_missing(chart: Path) -> None:
    options: dict[str, Any] = {"valueFiles": ["nowhere.yaml", "ci/green.yaml"]}
    with pytest.raises(RenderError, match="there is no nowhere.yaml for"):
        await objects(chart, helm=options)
    options["ignoreMissingValueFiles"] = True
    assert config(await objects(chart, helm=options))["colour"] == "green"


@pytest.mark.parametrize("version", ["v2", "v3.12"])
async def test_a_helm_that_is_gone_is_refused(chart: Path, version: str) -> None:
    with pytest.raises(RenderError, match=f"asks for Helm {version}"):
        await objects(chart, helm={"version": version})
    assert names(await objects(chart, helm={"version": "v3"}))


async def test_a_dependency_by_its_path_is_built(chart: Path) -> None:
    write(
        chart.parent,
        {
            "chart/Chart.yaml": """
                apiVersion: v2
                name: web
                version: 1.2.3
                dependencies: [{name: common, version: 0.1.0, repository: "file://../common"}]
            """,
            "common/Chart.yaml": "{apiVersion: v2, name: common, version: 0.1.0}",
            "common/templates/secret.yaml": """
                apiVersion: v1
                kind: Secret
                metadata: {name: shared}
            """,
        },
    )
    loaded = await load_folder(chart)
    found = {d.manifest["metadata"]["name"]: d.origin.file for d in loaded.documents}
    assert found["shared"] == str(chart / "charts/common/templates/secret.yaml")
    assert not (chart / "charts").exists()


async def test_an_object_says_which_template_made_it(chart: Path) -> None:
    loaded = await load_folder(chart)
    found = {d.manifest["kind"]: str(d.origin) for d in loaded.documents}
    assert found["ConfigMap"] == str(chart / "templates/config.yaml")
    assert found["CustomResourceDefinition"] == str(chart / "crds/crd.yaml")
    assert loaded.types == ("Helm",)
    assert loaded.rendered_by == ("helm, as it holds Chart.yaml",)


async def test_values_of_another_source_are_read_by_its_ref(chart: Path) -> None:
    top = chart.parent
    commit(top)
    both = SeveralSources(
        sources=(
            GitSource(
                repository=str(top),
                path="chart",
                options=read_source_options({"helm": {"valueFiles": ["$own/values/red.yaml"]}}),
            ),
            GitSource(repository=str(top), path="", ref="own"),
        )
    )
    loaded = await load(both, facts=FACTS)
    assert config([d.manifest for d in loaded.documents])["colour"] == "red"
    assert len(loaded.revisions) == 2


async def test_the_values_of_a_ref_must_be_there(chart: Path) -> None:
    top = chart.parent
    commit(top)
    options = read_source_options({"helm": {"valueFiles": ["$own/nowhere.yaml"]}})
    both = SeveralSources(
        sources=(
            GitSource(repository=str(top), path="chart", options=options),
            GitSource(repository=str(top), path="", ref="own"),
        )
    )
    with pytest.raises(RenderError, match=r"there is no \$own/nowhere.yaml"):
        await load(both, facts=FACTS)


async def test_a_ref_that_no_source_has_is_refused(chart: Path) -> None:
    write(chart.parent, {"red.yaml": "colour: red"})
    with pytest.raises(RenderError, match=r"\$own/red.yaml is of the source with ref: own"):
        await objects(chart, helm={"valueFiles": ["$own/red.yaml"]})


async def test_a_values_file_may_be_named_after_the_application(chart: Path) -> None:
    write(chart, {"shop.yaml": "colour: red"})
    for file in ("$ARGOCD_APP_NAME.yaml", "${ARGOCD_APP_NAME}.yaml"):
        assert config(await objects(chart, helm={"valueFiles": [file]}))["colour"] == "red"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        (
            "templates/config.yaml",
            "{{ .Values.colour",
            r"templates/config.yaml:1\): unclosed action",
        ),
        ("templates/config.yaml", '{{ fail "no luck" }}', "templates/config.yaml:1:3.*no luck"),
        ("templates/config.yaml", "a: [", "templates/config.yaml.*did not find expected"),
        ("values.yaml", "a: [", "values.yaml.*did not find expected"),
        ("Chart.yaml", "{apiVersion: v2, name: web}", "version is required"),
    ],
)
async def test_a_chart_that_does_not_render_is_told_in_helms_words(
    chart: Path, file: str, text: str, told: str
) -> None:
    write(chart, {file: text})
    with pytest.raises(
        RenderError, match=f"(?s)cannot render the chart {chart}: .*{told}"
    ) as error:
        await objects(chart)
    assert "tenter-render-" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"values": "a: ["}, "source.helm.values: .*did not find expected"),
        ({"valueFiles": ["/values/bad.yaml"]}, "values/bad.yaml: .*did not find expected"),
    ],
)
async def test_values_that_do_not_parse_are_told_by_their_name(
    chart: Path, options: dict[str, Any], told: str
) -> None:
    write(chart.parent, {"values/bad.yaml": "a: ["})
    with pytest.raises(RenderError, match=f"(?s){told}") as error:
        await objects(chart, helm=options)
    assert "tenter-render-" not in str(error.value)


@pytest.mark.parametrize("file", ["../../outside.yaml", "../../../etc/passwd"])
@pytest.mark.parametrize("field", ["valueFiles", "fileParameters"])
async def test_a_file_outside_of_the_repository_is_refused(
    chart: Path, file: str, field: str
) -> None:
    value: Any = [file] if field == "valueFiles" else [{"name": "file", "path": file}]
    with pytest.raises(RenderError, match="leads out of the repository"):
        await objects(chart, helm={field: value})


async def test_a_link_out_of_the_repository_is_refused(chart: Path) -> None:
    (chart / "templates/hosts.yaml").symlink_to("/etc/hosts")
    with pytest.raises(SourceError, match="symbolic link to /etc/hosts, outside of"):
        await objects(chart)


async def test_a_link_within_the_repository_is_followed(chart: Path) -> None:
    write(chart.parent, {"shared/b.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\n"})
    (chart / "templates/shared").symlink_to("../../shared")
    assert "Secret/b" in names(await objects(chart))


async def test_values_at_a_refused_address_are_not_read(chart: Path) -> None:
    for address in ("ftp://a.example/b", "http://169.254.169.254/b", "https://a:b@c.example/d"):
        with pytest.raises(SourceError):
            await objects(chart, helm={"valueFiles": [address]})


async def test_without_helm_the_error_names_it_and_how_to_get_it(
    chart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(RenderError, match="needs the program helm.*https://helm.sh"):
        await objects(chart)


async def test_a_chart_that_renders_to_nothing_is_an_error(chart: Path) -> None:
    shutil.rmtree(chart / "templates")
    with pytest.raises(NoManifests, match="rendered by helm"):
        await objects(chart, helm={"skipCrds": True})


async def test_options_in_the_repository_go_over_the_sources(chart: Path) -> None:
    write(
        chart,
        {
            ".argocd-source.yaml": "helm: {values: 'colour: pink', releaseName: a}",
            ".argocd-source-shop.yaml": "helm: {values: 'colour: grey'}",
            ".argocd-source-other.yaml": "helm: {values: 'colour: red'}",
        },
    )
    found = config(await objects(chart, helm={"parameters": [{"name": "size", "value": "3"}]}))
    assert (found["colour"], found["name"], found["size"]) == ("grey", "a-config", 3)
