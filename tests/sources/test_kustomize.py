"""Every field of ``source.kustomize``, by the real program, and what it must not do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sources.projects import commit, load_folder, names, objects, repository, write

from tenter.errors import NoManifests, RenderError
from tenter.sources import GitSource, RenderSettings, load

pytestmark = pytest.mark.usefixtures("renderers")

DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {tier: front}}
    spec:
      replicas: 1
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: main, image: "example.com/web:1"}]}
"""
CONFIG = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {colour: blue}
"""
JOB = """
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
      annotations: {argocd.argoproj.io/hook: PreSync}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of an overlay, whose base lies beside it in one repository."""
    write(
        tmp_path,
        {
            "base/kustomization.yaml": "resources: [deployment.yaml, config.yaml, job.yaml]",
            "base/deployment.yaml": DEPLOYMENT,
            "base/config.yaml": CONFIG,
            "base/job.yaml": JOB,
            "extra/kustomization.yaml": """
                apiVersion: kustomize.config.k8s.io/v1alpha1
                kind: Component
                configMapGenerator:
                - name: extra
                  literals: [a=b]
            """,
            "overlay/kustomization.yaml": "resources: [../base]",
            "overlay/patch.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings}
                data: {colour: green}
            """,
        },
    )
    repository(tmp_path)
    return tmp_path / "overlay"


def _deployment(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in manifests if each["kind"] == "Deployment")


@pytest.mark.parametrize(
    ("options", "path", "expected"),
    [
        ({"namePrefix": "my-"}, "metadata.name", "my-web"),
        ({"nameSuffix": "-v2"}, "metadata.name", "web-v2"),
        ({"namespace": "other"}, "metadata.namespace", "other"),
        (
            {"images": ["example.com/web:2"]},
            "spec.template.spec.containers.0.image",
            "example.com/web:2",
        ),
        (
            {"images": ["example.com/web=registry:5000/web@sha256:abc"]},
            "spec.template.spec.containers.0.image",
            "registry:5000/web@sha256:abc",
        ),
        (
            {"images": ["example.com/web:$ARGOCD_APP_NAME"]},
            "spec.template.spec.containers.0.image",
            "example.com/web:shop",
        ),
        ({"commonLabels": {"team": "a"}}, "spec.selector.matchLabels.team", "a"),
        (
            {"commonLabels": {"team": "a"}, "labelWithoutSelector": True},
            "spec.selector.matchLabels",
            {"app": "web"},
        ),
        (
            {
                "commonLabels": {"team": "a"},
                "labelWithoutSelector": True,
                "labelIncludeTemplates": True,
            },
            "spec.template.metadata.labels.team",
            "a",
        ),
        ({"commonAnnotations": {"team": "$ARGOCD_APP_NAME"}}, "metadata.annotations.team", "$A…"),
        (
            {
                "commonAnnotations": {"team": "$ARGOCD_APP_NAME"},
                "commonAnnotationsEnvsubst": True,
            },
            "metadata.annotations.team",
            "shop",
        ),
        ({"replicas": [{"name": "web", "count": 3}]}, "spec.replicas", 3),
        ({"replicas": [{"name": "web", "count": "4"}]}, "spec.replicas", 4),
        (
            {
                "patches": [
                    {
                        "patch": '[{"op": "replace", "path": "/spec/replicas", "value": 7}]',
                        "target": {"kind": "Deployment", "labelSelector": "tier=front"},
                    }
                ]
            },
            "spec.replicas",
            7,
        ),
        (
            {
                "patches": [
                    {
                        "patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\n",
                        "target": {"kind": "Deployment"},
                        "options": {"allowNameChange": True},
                    }
                ]
            },
            "metadata.name",
            "other",
        ),
    ],
)
async def test_a_field_changes_the_deployment(
    project: Path, options: dict[str, Any], path: str, expected: Any
) -> None:
    def value(manifest: Any) -> Any:
        for step in path.split("."):
            manifest = manifest[int(step)] if step.isdigit() else manifest.get(step, {})
        return manifest

    with_field = value(_deployment(await objects(project, kustomize=options)))
    if expected == "$A…":
        expected = "$ARGOCD_APP_NAME"
    assert with_field == expected
    if "labelWithoutSelector" not in options or "labelIncludeTemplates" in options:
        assert value(_deployment(await objects(project))) != expected


async def test_a_patch_may_be_a_file(project: Path) -> None:
    manifests = await objects(project, kustomize={"patches": [{"path": "patch.yaml"}]})
    assert [each["data"] for each in manifests if each["kind"] == "ConfigMap"] == [
        {"colour": "green"}
    ]


async def test_components_are_added(project: Path) -> None:
    manifests = await objects(project, kustomize={"components": ["../extra"]})
    assert any(name.startswith("ConfigMap/extra-") for name in names(manifests))


async def test_a_missing_component_is_an_error_unless_it_may_be_missing(project: Path) -> None:
    options = {"components": ["../extra", "../nowhere"]}
    with pytest.raises(RenderError, match="nowhere"):
        await objects(project, kustomize=options)
    manifests = await objects(project, kustomize={**options, "ignoreMissingComponents": True})
    assert any(name.startswith("ConfigMap/extra-") for name in names(manifests))


@pytest.mark.parametrize(
    ("field", "force"),
    [("commonLabels", "forceCommonLabels"), ("commonAnnotations", "forceCommonAnnotations")],
)
async def test_what_the_kustomization_has_is_replaced_only_by_force(
    project: Path, field: str, force: str
) -> None:
    write(project, {"kustomization.yaml": f"resources: [../base]\n{field}: {{team: a}}\n"})
    options: dict[str, Any] = {field: {"team": "b"}}
    with pytest.raises(RenderError, match=f"team already; set source.kustomize.{force}"):
        await objects(project, kustomize=options)
    manifests = await objects(project, kustomize={**options, force: True})
    place = "labels" if field == "commonLabels" else "annotations"
    assert {each["metadata"][place]["team"] for each in manifests} == {"b"}


async def test_a_version_is_a_program_by_that_name(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RenderError, match="no program kustomize-v9.9.9 on the path"):
        await objects(project, kustomize={"version": "v9.9.9"})
    program = write(
        tmp_path / "bin", {"kustomize-v9.9.9": f"#!/bin/sh\n/bin/cat <<'E'\n{CONFIG}E\n"}
    )
    (program / "kustomize-v9.9.9").chmod(0o755)
    monkeypatch.setenv("PATH", str(program), prepend=":")
    assert names(await objects(project, kustomize={"version": "v9.9.9"})) == ["ConfigMap/settings"]


async def test_a_chart_in_a_kustomization_is_told_the_cluster(project: Path) -> None:
    write(
        project,
        {
            "kustomization.yaml": "helmCharts: [{name: web, releaseName: r}]",
            "charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
            "charts/web/values.yaml": "",
            "charts/web/templates/config.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: told}
                data:
                  version: "{{ .Capabilities.KubeVersion.Version }}"
                  has: "{{ .Capabilities.APIVersions.Has "example.com/v1" }}"
            """,
        },
    )
    (manifest,) = await objects(project)
    assert manifest["data"] == {"version": "v1.33.2", "has": "false"}
    options = {"kubeVersion": "1.31.0", "apiVersions": ["example.com/v1"]}
    (manifest,) = await objects(project, kustomize=options)
    assert manifest["data"] == {"version": "v1.31.0", "has": "true"}


async def test_an_object_says_which_file_it_came_from(project: Path) -> None:
    write(project, {"kustomization.yaml": "resources: [../base]\ncomponents: [../extra]\n"})
    loaded = await load_folder(project)
    files = {
        document.manifest["metadata"]["name"].split("-")[0]: document.origin.file
        for document in loaded.documents
    }
    top = project.parent
    assert files["web"] == str(top / "base/deployment.yaml")
    assert files["extra"] == str(top / "extra/kustomization.yaml")
    assert "annotations" not in _deployment([d.manifest for d in loaded.documents])["metadata"]


async def test_origins_that_the_kustomization_asks_for_stay(project: Path) -> None:
    write(
        project, {"kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]"}
    )
    manifest = _deployment(await objects(project))
    assert "config.kubernetes.io/origin" in manifest["metadata"]["annotations"]


async def test_asking_for_origins_changes_nothing_else(project: Path) -> None:
    write(
        project,
        {
            "kustomization.yaml": """
                resources: [../base]
                components: [../extra]
                namePrefix: my-
                secretGenerator: [{name: s, literals: [a=b]}]
            """
        },
    )
    assert await objects(project) == list(yaml.safe_load_all(_built(project)))


async def test_without_kustomize_kubectl_builds(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_kustomize = await objects(project, kustomize={"namePrefix": "my-"})
    write(
        tmp_path / "bin",
        {
            "kubectl": f"""
                #!/bin/sh
                [ "$1" = kustomize ] && shift && exec {_which("kustomize")} build "$@"
            """
        },
    )
    (tmp_path / "bin/kubectl").chmod(0o755)
    (tmp_path / "bin/git").symlink_to(_which("git"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    loaded = await load_folder(project, kustomize={"namePrefix": "my-"})
    assert [document.manifest for document in loaded.documents] == with_kustomize
    assert loaded.rendered_by[0].startswith("kubectl kustomize")


async def test_without_any_program_the_error_names_it_and_how_to_get_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(_which("git"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(RenderError, match="needs the program kustomize.*install"):
        await objects(project)


async def test_a_missing_base_is_told_in_kustomizes_words_and_our_paths(project: Path) -> None:
    write(project, {"kustomization.yaml": "resources: [../nowhere]"})
    with pytest.raises(RenderError) as caught:
        await objects(project)
    assert "nowhere" in str(caught.value)
    assert "tenter-render-" not in str(caught.value)
    assert f"cannot build {project}" in str(caught.value)


@pytest.mark.parametrize(
    "base",
    [
        "https://github.com/acme/shop//deploy?ref=main",
        "git@github.com:acme/shop.git",
        "github.com/acme/shop",
        "https://example.com/all.yaml",
        "ssh://git@example.com/shop",
    ],
)
@pytest.mark.parametrize("field", ["resources", "components"])
async def test_a_remote_base_is_refused_unless_allowed(
    project: Path, base: str, field: str
) -> None:
    write(project, {"kustomization.yaml": f"{field}: ['{base}']"})
    with pytest.raises(RenderError, match="fetched from elsewhere, and that is not allowed"):
        await objects(project)


async def test_a_remote_reference_in_a_base_is_refused_too(project: Path) -> None:
    write(
        project.parent,
        {
            "base/kustomization.yaml": "configMapGenerator: [{name: a, files: [https://a.example/b]}]"
        },
    )
    with pytest.raises(RenderError, match="base/kustomization.yaml: configMapGenerator.files"):
        await objects(project)


async def test_a_remote_base_that_is_allowed_is_asked_for(project: Path) -> None:
    write(project, {"kustomization.yaml": "resources: ['https://127.0.0.1:1/all.yaml']"})
    with pytest.raises(RenderError, match="127.0.0.1:1.*refused|refused.*127.0.0.1:1"):
        await load_folder(project, settings=RenderSettings(remote_bases=True))


@pytest.mark.parametrize("base", ["../../outside", "../../../../etc"])
async def test_a_base_outside_of_the_repository_is_refused(project: Path, base: str) -> None:
    write(project, {"kustomization.yaml": f"resources: [{base}]"})
    with pytest.raises(RenderError, match="leads out of the repository"):
        await objects(project)


async def test_nothing_is_written_into_the_working_tree(project: Path) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in project.parent.rglob("*") if path.is_file()}

    before = state()
    await objects(project, kustomize={"namePrefix": "my-", "components": ["../extra"]})
    assert state() == before


async def test_a_commit_renders_as_the_folder_does(project: Path) -> None:
    top = project.parent
    commit(top)
    expected = await objects(project)
    write(project, {"kustomization.yaml": "resources: [nowhere]"})
    loaded = await load(GitSource(repository=str(top), path="overlay"))
    assert [document.manifest for document in loaded.documents] == expected
    assert loaded.types == ("Kustomize",)
    assert {document.origin.file for document in loaded.documents} == {
        "base/deployment.yaml",
        "base/config.yaml",
        "base/job.yaml",
    }


async def test_a_change_in_the_base_leaves_the_sync_without_a_revision(project: Path) -> None:
    top = project.parent
    commit(top)
    assert (await load_folder(project)).revision
    write(top, {"base/config.yaml": CONFIG.replace("blue", "red")})
    loaded = await load_folder(project)
    assert loaded.revision == ""
    assert "uncommitted changes (base/config.yaml)" in str(loaded.notices[-1])


async def test_a_kustomization_that_builds_nothing_is_an_error(project: Path) -> None:
    write(project, {"kustomization.yaml": "namePrefix: a-"})
    with pytest.raises(NoManifests, match="rendered by kustomize, as it holds kustomization.yaml"):
        await objects(project)


def _built(folder: Path) -> str:
    command = ["kustomize", "build", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _which(program: str) -> str:
    return shutil.which(program) or ""
