"""An Application's ``source`` is read as values, and what it says wrong is told by its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.errors import ManifestError, RenderError
from tenter.sources import (
    ChartSource,
    DirectoryOptions,
    GitSource,
    HelmOptions,
    KustomizeOptions,
    SeveralSources,
    SourceOptions,
    SourceType,
    read_source,
    read_source_options,
    read_sources,
    write_source_options,
)
from tenter.sources.rendering.recognition import recognise

EVERYTHING: dict[str, dict[str, Any]] = {
    "helm": {
        "releaseName": "a",
        "version": "v3",
        "namespace": "b",
        "kubeVersion": "1.30.0",
        "values": "c: d",
        "valuesObject": {"e": None},
        "valueFiles": ["f.yaml"],
        "apiVersions": ["v1"],
        "parameters": [{"name": "g", "value": "h", "forceString": True}],
        "fileParameters": [{"name": "i", "path": "j"}],
        "passCredentials": True,
        "ignoreMissingValueFiles": True,
        "skipCrds": True,
        "skipTests": True,
        "skipSchemaValidation": True,
    },
    "kustomize": {
        "namePrefix": "a",
        "nameSuffix": "b",
        "namespace": "c",
        "version": "v5",
        "kubeVersion": "1.30.0",
        "apiVersions": ["v1"],
        "images": ["d:e"],
        "components": ["f"],
        "commonLabels": {"g": "h"},
        "commonAnnotations": {"i": "j"},
        "replicas": [{"name": "k", "count": 2}],
        "patches": [
            {
                "path": "l",
                "patch": "m",
                "options": {"allowNameChange": True},
                "target": {
                    "group": "n",
                    "version": "o",
                    "kind": "p",
                    "name": "q",
                    "namespace": "r",
                    "annotationSelector": "s",
                    "labelSelector": "t",
                },
            }
        ],
        "commonAnnotationsEnvsubst": True,
        "forceCommonLabels": True,
        "forceCommonAnnotations": True,
        "ignoreMissingComponents": True,
        "labelWithoutSelector": True,
        "labelIncludeTemplates": True,
    },
    "directory": {
        "recurse": True,
        "include": "{*.yaml,*.json}",
        "exclude": "b*",
        "disableExtensionFilter": True,
        "jsonnet": {
            "extVars": [{"name": "a", "value": "b", "code": True}],
            "tlas": [{"name": "c", "value": "d"}],
            "libs": ["e"],
        },
    },
}


@pytest.mark.parametrize("renderer", sorted(EVERYTHING))
def test_every_field_is_read_and_written_again(renderer: str) -> None:
    source = {renderer: EVERYTHING[renderer]}
    assert write_source_options(read_source_options(source)) == source


@pytest.mark.parametrize("renderer", sorted(EVERYTHING))
def test_no_field_is_without_its_effect_on_the_options(renderer: str) -> None:
    for field, value in EVERYTHING[renderer].items():
        assert read_source_options({renderer: {field: value}}) != SourceOptions(), field


def test_there_are_no_fields_but_these() -> None:
    assert len(HelmOptions.__struct_fields__) == len(EVERYTHING["helm"])
    assert len(KustomizeOptions.__struct_fields__) == len(EVERYTHING["kustomize"])
    assert len(DirectoryOptions.__struct_fields__) == len(EVERYTHING["directory"])


def test_what_is_null_is_not_said() -> None:
    assert read_source_options({"helm": {"values": None}, "kustomize": None}) == SourceOptions()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"helm": []}, "source.helm: expected a mapping, found a list"),
        ({"helm": {"valuesFile": ["a"]}}, 'source.helm has no field "valuesFile"; did you mean'),
        (
            {"helm": {"parameters": [{"name": "a", "value": 3}]}},
            r"source.helm.parameters\[0\].value: expected text, found a whole number; put it in",
        ),
        ({"helm": {"skipCrds": "yes"}}, "source.helm.skipCrds: expected true or false, found text"),
        (
            {"kustomize": {"patches": [{"target": {"knd": "a"}}]}},
            'source.kustomize.patches.target has no field "knd"; did you mean "kind"',
        ),
        ({"kustomize": {"commonLabels": {"a": 1}}}, "source.kustomize.commonLabels.*expected text"),
        ({"kustomize": {"replicas": [{"count": 1}]}}, "missing required field `name`"),
        (
            {"helm": {"values": "a"}, "kustomize": {"namePrefix": "b"}},
            "in 2 ways at once .source.helm, source.kustomize.; keep one",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(source: dict[str, Any], told: str) -> None:
    with pytest.raises(ManifestError, match=told):
        read_source_options(source)


def test_a_plugin_is_refused() -> None:
    with pytest.raises(RenderError, match="plugins are not supported"):
        read_source_options({"plugin": {"name": "a"}})


def test_a_chart_is_a_source_of_its_own_kind() -> None:
    assert read_source(
        {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.*"}
    ) == ChartSource(repository="https://charts.example", chart="web", revision="1.*")


def test_several_sources_may_refer_to_each_other() -> None:
    spec = {
        "sources": [
            {"repoURL": "https://a.example/a.git", "ref": "values"},
            {"repoURL": "https://a.example/b.git", "path": "deploy", "targetRevision": "v1"},
        ]
    }
    several = read_sources(spec)
    assert isinstance(several, SeveralSources)
    assert several.sources[0] == GitSource(
        repository="https://a.example/a.git", path="", ref="values"
    )
    assert several.main == several.sources[1]
    assert several.revision == "HEAD;v1"


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, "spec.source must be a mapping"),
        ({"source": {}}, "spec.source.repoURL is missing"),
        ({"sources": [{"repoURL": "a"}, {}]}, r"spec.sources\[1\].repoURL is missing"),
        ({"sources": {"repoURL": "a"}}, "spec.sources must be a list"),
        ({"source": {"repoURL": "a", "targetRevision": 1.2}}, "targetRevision must be text"),
        ({"source": {"repoURL": "a", "chart": "b", "path": "c"}}, "both a chart and a path"),
        ({"source": {"repoURL": "a", "helm": {"value": "b"}}}, 'spec.source.helm has no field "va'),
        ({"source": {"repoURL": "a", "ref": "a/b"}}, 'ref is "a/b"'),
        (
            {"sources": [{"repoURL": "a", "ref": "x"}, {"repoURL": "b", "ref": "x"}]},
            "two sources have the ref x",
        ),
    ],
)
def test_a_source_that_is_none_is_refused(spec: dict[str, Any], told: str) -> None:
    with pytest.raises(ManifestError, match=told):
        read_sources(spec)


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        (["a.yaml"], {}, SourceType.DIRECTORY),
        (["Chart.yaml"], {}, SourceType.HELM),
        (["kustomization.yaml"], {}, SourceType.KUSTOMIZE),
        (["kustomization.yml"], {}, SourceType.KUSTOMIZE),
        (["Kustomization"], {}, SourceType.KUSTOMIZE),
        (["Chart.yaml", "kustomization.yaml"], {}, SourceType.KUSTOMIZE),
        (["Chart.yaml", "kustomization.yaml"], {"helm": {"values": "a"}}, SourceType.HELM),
        (["Chart.yaml"], {"directory": {"recurse": True}}, SourceType.DIRECTORY),
        (["a.yaml"], {"kustomize": {"namePrefix": "a"}}, SourceType.KUSTOMIZE),
        (["chart.yaml"], {}, SourceType.DIRECTORY),
    ],
)
def test_a_folder_is_recognised_as_argo_cd_does(
    files: list[str], source: dict[str, Any], expected: SourceType
) -> None:
    assert recognise(files, read_source_options(source)) is expected


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["helm", "kustomize", "directory"]),
        st.dictionaries(
            st.sampled_from([name for fields in EVERYTHING.values() for name in fields]), _VALUES
        ),
    )
)
def test_whatever_is_written_is_read_or_refused_and_written_as_it_was_read(
    source: dict[str, Any],
) -> None:
    try:
        options = read_source_options(source)
    except ManifestError:
        return
    assert read_source_options(write_source_options(options)) == options
