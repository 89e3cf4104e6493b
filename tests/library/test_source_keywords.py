"""The keywords that say how a source is rendered go over what an Application says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tenter.errors import ManifestError, SourceError, UsageError
from tenter.library.source_keywords import SourceKeywords, named_source, source_with
from tenter.sources import (
    ChartSource,
    GitSource,
    HelmOptions,
    HelmParameter,
    LocalSource,
    SeveralSources,
    SourceOptions,
)


def helm(source: Any) -> HelmOptions:
    options: SourceOptions = source.options
    return options.helm


def test_values_are_merged_file_over_file_over_the_sources_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("image: {tag: '2', pull: always}\nlist: [1]\n")
    (tmp_path / "b.yaml").write_text("image: {tag: '3'}\nlist: [2]\ngone: null\n")
    source = LocalSource(
        path=".",
        options=SourceOptions(helm=HelmOptions(values="image: {name: web, tag: '1'}\ngone: 1\n")),
    )
    changed = source_with(source, {"values": [tmp_path / "a.yaml", tmp_path / "b.yaml"]})
    assert helm(changed).values_object == {
        "image": {"name": "web", "tag": "3", "pull": "always"},
        "list": [2],
        "gone": None,
    }
    assert helm(changed).values == ""


def test_single_values_and_a_release_are_set() -> None:
    keywords: SourceKeywords = {"set_values": ["image.tag=1=2", "a="], "release_name": "front"}
    changed = helm(named_source(".", keywords))
    assert changed.parameters == (
        HelmParameter(name="image.tag", value="1=2"),
        HelmParameter(name="a"),
    )
    assert changed.release_name == "front"


def test_a_chart_is_named_with_its_repository() -> None:
    keywords: SourceKeywords = {"chart": "web", "revision": "1.*"}
    assert named_source("https://charts.example", keywords) == ChartSource(
        repository="https://charts.example", chart="web", revision="1.*"
    )


def test_sub_directories_are_read_where_asked() -> None:
    source = named_source(".", {"recurse": True})
    assert isinstance(source, LocalSource)
    assert source.options.directory.recurse


def test_the_revisions_of_several_sources_are_given_together() -> None:
    several = SeveralSources(
        sources=(GitSource(repository="https://a.example/a"), GitSource(repository="https://b/b"))
    )
    changed = source_with(several, {"revision": "v1;v2"})
    assert changed.revision == "v1;v2"
    with pytest.raises(UsageError, match="has 2 sources; give as many revisions"):
        source_with(several, {"revision": "v1"})


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"set_values": ["a"]}, '"a" sets nothing'),
        ({"chart": "web", "path": "a"}, "Leave --path out"),
        ({"set_values": ["a=b"], "recurse": True}, "rendered in one way"),
    ],
)
def test_what_makes_no_sense_is_refused(keywords: SourceKeywords, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        named_source("https://charts.example/a", keywords)


def test_standard_input_takes_no_values() -> None:
    with pytest.raises(UsageError, match="rendered already"):
        named_source("-", {"set_values": ["a=b"]})


def test_several_sources_take_no_values() -> None:
    several = SeveralSources(sources=(GitSource(repository="https://a.example/a"),))
    with pytest.raises(UsageError, match="not clear whose values"):
        source_with(several, {"set_values": ["a=b"]})


def test_a_values_file_must_be_one_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[1]")
    with pytest.raises(ManifestError, match="a.yaml: values are one YAML mapping"):
        named_source(".", {"values": [tmp_path / "a.yaml"]})
    with pytest.raises(SourceError, match="there is no file"):
        named_source(".", {"values": [tmp_path / "b.yaml"]})
