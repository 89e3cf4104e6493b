from typing import Any

import pytest

from tenter.applications import Application, read_application
from tenter.engine import RetryOptions
from tenter.errors import ManifestError, OptionError, RenderError, UsageError
from tenter.manifests import Manifest
from tenter.sources import DirectoryOptions, GitSource, LocalSource

SOURCE = {"repoURL": "https://example.com/shop.git", "path": "deploy", "targetRevision": "v1"}


def manifest(**spec: Any) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"source": SOURCE, "destination": {"namespace": "web"}, **spec},
    }


def test_the_source_and_the_destination_are_read() -> None:
    application = read_application(manifest()).application

    assert application.name == "shop"
    assert application.namespace == "web"
    assert application.source == GitSource(
        repository="https://example.com/shop.git", path="deploy", revision="v1"
    )


def test_a_directorys_options_are_read() -> None:
    directory = {"recurse": True, "include": "{*.yaml, *.json}", "exclude": "secret*"}

    source = read_application(
        manifest(source={**SOURCE, "directory": directory})
    ).application.source

    assert isinstance(source, GitSource)
    assert source.options.directory == DirectoryOptions(
        recurse=True, include=("*.yaml", "*.json"), exclude=("secret*",)
    )


def test_the_sync_policy_is_read() -> None:
    policy = {
        "syncOptions": ["CreateNamespace=true", "PruneLast=true"],
        "retry": {"limit": 3, "backoff": {"duration": "10s", "factor": 3, "maxDuration": "1m"}},
        "managedNamespaceMetadata": {"labels": {"team": "a"}, "annotations": {"b": "c"}},
    }

    options = read_application(manifest(syncPolicy=policy)).application.options()

    assert options.create_namespace
    assert options.objects.prune_last
    assert options.retry == RetryOptions(limit=3, duration=10, factor=3, max_duration=60)
    assert (options.namespace_labels, options.namespace_annotations) == ({"team": "a"}, {"b": "c"})


def test_what_is_for_a_controller_is_told() -> None:
    read = read_application(
        manifest(
            syncPolicy={"automated": {}}, destination={"namespace": "web", "server": "https://c"}
        )
    )

    said = " ".join(notice.message for notice in read.notices)
    assert "automated" in said
    assert "https://c" in said


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"source": {**SOURCE, "chart": "web"}}, ManifestError),
        ({"source": {**SOURCE, "plugin": {"name": "a"}}}, RenderError),
        ({"source": {**SOURCE, "helm": {"valuesFile": "a"}}}, ManifestError),
        ({"sources": [SOURCE, {"path": "a"}]}, ManifestError),
        ({"source": {}}, ManifestError),
        ({"source": "somewhere"}, ManifestError),
        ({"syncPolicy": {"retry": {"limit": "many"}}}, OptionError),
    ],
)
def test_what_cannot_be_synced_is_refused(spec: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_application(manifest(**spec))


def test_another_kind_is_no_application() -> None:
    with pytest.raises(ManifestError, match="this is a Pod"):
        read_application({"apiVersion": "v1", "kind": "Pod"})


@pytest.mark.parametrize("name", ["", "Shop", "-shop", "shop_1", "a" * 201])
def test_a_name_that_no_secret_can_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--app"):
        Application(name=name, source=LocalSource(path="."), namespace="default")
