"""Jsonnet files of a directory: variables, arguments, libraries, and what they must not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.sources.projects import commit, load_folder, names, objects, repository, write

from tenter.errors import ManifestError, RenderError
from tenter.sources import GitSource, RenderSettings, load


def config(name: str) -> str:
    """Return a ConfigMap whose name is a Jsonnet expression."""
    return f"{{apiVersion: 'v1', kind: 'ConfigMap', metadata: {{name: {name}}}}}"


async def test_a_file_gives_an_object_or_a_list_of_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.jsonnet": config("'a'"),
            "b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
            "c.jsonnet": "[" + config("'c1'") + ", " + config("'c2'") + "]",
            "lib.libsonnet": "error 'a library is not read by itself'",
        },
    )
    assert [name.split("/")[1] for name in names(await objects(tmp_path))] == [
        "a",
        "b",
        "c1",
        "c2",
    ]


@pytest.mark.parametrize(
    ("program", "jsonnet", "expected"),
    [
        (config("std.extVar('who')"), {"extVars": [{"name": "who", "value": "a"}]}, "a"),
        (
            config("std.extVar('who')"),
            {"extVars": [{"name": "who", "value": "'a' + 'b'", "code": True}]},
            "ab",
        ),
        ("function(who) " + config("who"), {"tlas": [{"name": "who", "value": "a"}]}, "a"),
        (
            "function(who) " + config("who"),
            {"tlas": [{"name": "who", "value": "'a' + 'b'", "code": True}]},
            "ab",
        ),
        (
            config("std.extVar('who')"),
            {"extVars": [{"name": "who", "value": "$ARGOCD_APP_NAME"}]},
            "shop",
        ),
        (config("(import 'names.libsonnet').who"), {"libs": ["shared"]}, "from-shared"),
    ],
)
async def test_a_field_changes_what_a_file_evaluates_to(
    tmp_path: Path, program: str, jsonnet: dict[str, Any], expected: str
) -> None:
    repository(tmp_path)
    write(
        tmp_path,
        {"app/main.jsonnet": program, "shared/names.libsonnet": "{who: 'from-shared'}"},
    )
    (manifest,) = await objects(tmp_path / "app", directory={"jsonnet": jsonnet})
    assert manifest["metadata"]["name"] == expected
    with pytest.raises(RenderError):
        await objects(tmp_path / "app")


async def test_an_import_beside_the_file_goes_before_a_library(tmp_path: Path) -> None:
    repository(tmp_path)
    write(
        tmp_path,
        {
            "app/main.jsonnet": "import 'parts/one.libsonnet'",
            "app/parts/one.libsonnet": config("(import 'names.libsonnet').who"),
            "app/parts/names.libsonnet": "{who: 'beside'}",
            "shared/names.libsonnet": "{who: 'shared'}",
        },
    )
    (manifest,) = await objects(tmp_path / "app", directory={"jsonnet": {"libs": ["shared"]}})
    assert manifest["metadata"]["name"] == "beside"


async def test_a_commit_evaluates_as_the_folder_does(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"app/main.jsonnet": config("import '../who.libsonnet'"), "who.libsonnet": "'committed'"},
    )
    commit(repository(tmp_path))
    write(tmp_path, {"who.libsonnet": "'changed'"})
    loaded = await load(GitSource(repository=str(tmp_path), path="app"))
    assert loaded.documents[0].manifest["metadata"]["name"] == "committed"
    assert str(loaded.documents[0].origin) == "app/main.jsonnet"


async def test_a_file_by_itself_is_evaluated(tmp_path: Path) -> None:
    write(tmp_path, {"main.jsonnet": config("import 'who'"), "who": "'me'"})
    (manifest,) = await objects(tmp_path / "main.jsonnet")
    assert manifest["metadata"]["name"] == "me"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("{", "main.jsonnet:1"),
        ("error 'no luck'", "no luck"),
        ("import 'nowhere.libsonnet'", "there is none of nowhere.libsonnet in the repository"),
        ("import '/etc/passwd'", "leads out of the repository"),
        ("import '../../etc/passwd'", "leads out of the repository"),
        ("local f(x) = f(x + 1) + 1; f(0)", "stack"),
    ],
)
async def test_what_does_not_evaluate_is_told_in_jsonnets_words(
    tmp_path: Path, program: str, told: str
) -> None:
    write(tmp_path, {"main.jsonnet": program})
    with pytest.raises(RenderError, match=f"(?s){tmp_path}/main.jsonnet: .*{told}"):
        await objects(tmp_path)


async def test_what_is_no_object_is_told_by_its_file(tmp_path: Path) -> None:
    write(tmp_path, {"main.jsonnet": "[{a: 1}]"})
    with pytest.raises(ManifestError, match="main.jsonnet.*apiVersion is missing"):
        await objects(tmp_path)


async def test_an_endless_program_is_stopped(tmp_path: Path) -> None:
    write(tmp_path, {"main.jsonnet": "local f(n) = f(n + 1) tailstrict; f(0)"})
    with pytest.raises(RenderError, match="Jsonnet took longer than 0.5 s and was stopped"):
        await load_folder(tmp_path, settings=RenderSettings(time_limit=0.5))


async def test_a_program_without_end_of_output_is_stopped(tmp_path: Path) -> None:
    write(tmp_path, {"main.jsonnet": "[" + config("'a'") + " for i in std.range(1, 10000)]"})
    with pytest.raises(RenderError, match="printed more than 100,000 bytes"):
        await load_folder(tmp_path, settings=RenderSettings(output_limit=100_000))


async def test_a_marked_file_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.jsonnet": config("'a'"), "b.jsonnet": "// +argocd:skip-file-rendering\nerror 'b'"},
    )
    assert names(await objects(tmp_path)) == ["ConfigMap/a"]
