"""A source that has not changed is not rendered again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.sources.projects import FACTS, load_folder, write

from tenter.manifests import Document, Origin
from tenter.sources import RenderFacts, Renderings, SourceType
from tenter.sources.rendering import Rendered
from tenter.sources.rendering.cache import key_of

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


class Counted:
    """A chart or overlay, by programs that count how often they are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "source"
        self.kept = Renderings()
        self._tally = folder / "tally"
        self._tally.write_text("")
        for name in ("helm", "kustomize"):
            script = f'#!/bin/sh\necho run >> {self._tally}\nexec {shutil.which(name)} "$@"\n'
            write(folder / "bin", {name: script})
            (folder / "bin" / name).chmod(0o755)

    @property
    def runs(self) -> int:
        return len(self._tally.read_text().split())

    async def load(self, facts: RenderFacts = FACTS, **source: Any) -> None:
        await load_folder(self.folder, facts=facts, kept=self.kept, **source)


@pytest.fixture
def counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Counted:
    request.getfixturevalue("renderers")
    counted = Counted(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return counted


@pytest.fixture(params=["chart", "overlay"])
def source(request: pytest.FixtureRequest, counted: Counted) -> Counted:
    files = {
        "chart": {
            "Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
            "templates/a.yaml": CONFIG,
        },
        "overlay": {"kustomization.yaml": "resources: [a.yaml]", "a.yaml": CONFIG},
    }
    write(counted.folder, files[request.param])
    return counted


async def test_the_same_is_rendered_once(source: Counted) -> None:
    await source.load()
    await source.load()
    assert source.runs == 1


async def test_a_changed_file_is_rendered_anew(source: Counted) -> None:
    await source.load()
    for file in source.folder.rglob("a.yaml"):
        file.write_text(CONFIG + "data: {b: c}\n")
    await source.load()
    assert source.runs == 2


async def test_another_option_is_rendered_anew(counted: Counted) -> None:
    write(
        counted.folder,
        {
            "Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
            "templates/a.yaml": CONFIG,
        },
    )
    await counted.load()
    await counted.load(helm={"values": "a: b"})
    await counted.load(facts=RenderFacts(application="other"))
    assert counted.runs == 3


async def test_what_is_forgotten_is_rendered_anew(source: Counted) -> None:
    await source.load()
    source.kept.forget()
    await source.load()
    assert source.runs == 2


def rendered(name: str) -> Rendered:
    manifest = {"kind": "ConfigMap", "metadata": {"name": name}}
    return Rendered(type=SourceType.HELM, documents=(Document(manifest, Origin("a.yaml")),))


def test_what_was_kept_may_be_changed_by_who_gets_it() -> None:
    kept = Renderings()
    kept.keep("a", rendered("a"))
    first = kept.find("a")
    assert first is not None
    first.documents[0].manifest["metadata"]["name"] = "changed"
    second = kept.find("a")
    assert second is not None
    assert second.documents[0].manifest["metadata"]["name"] == "a"


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept = Renderings(limit=400)
    for key in "ab":
        kept.keep(key, rendered(key))
    kept.find("a")
    kept.keep("c", rendered("c"))
    assert [key for key in "abc" if kept.find(key)] == ["a", "c"]


def test_a_key_tells_apart_what_only_looks_alike() -> None:
    assert key_of({"a": b"bc"}) != key_of({"ab": b"c"})
    assert key_of({"a": b"b"}, "c") != key_of({"a": b"b"}, "d")
    assert key_of({"a": b"", "b": b""}) == key_of({"b": b"", "a": b""})
