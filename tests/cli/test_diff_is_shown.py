from __future__ import annotations

import json
from pathlib import Path

import pytest

from tenter.cli.main import main

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: hunter2}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> list[str]:
    """The flags of an embedded cluster that keeps its objects between commands."""
    return ["--embedded", "--data", str(tmp_path / "cluster")]


def test_diff_exits_3_where_something_differs_and_0_where_not(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(shop), *kept]) == 3
    assert "shop: 2 missing" in capsys.readouterr().out
    assert main(["sync", str(shop), *kept]) == 0
    capsys.readouterr()
    assert main(["diff", str(shop), *kept]) == 0
    assert capsys.readouterr().out == "shop: 2 in sync\n"


def test_diff_shows_changed_lines_and_no_secret(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(shop), *kept]) == 0
    changed = CONFIG.replace("blue", "red").replace("hunter2", "hunter3")
    (shop / "config.yaml").write_text(changed)
    capsys.readouterr()
    assert main(["diff", str(shop), *kept]) == 3
    told = capsys.readouterr().out
    assert "  -   colour: blue\n  +   colour: red\n" in told
    assert "Secret/login differs: data.password" in told
    assert "hunter" not in told
    assert "aHVudGVy" not in told


def test_diff_as_json_holds_every_object(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(shop), *kept, "-o", "json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["differs"]
    assert [one["change"] for one in found["objects"]] == ["create", "create"]
    assert "+  colour: blue" in found["objects"][1]["diff"]


def test_an_object_that_the_server_would_refuse_exits_1(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "config.yaml").write_text(CONFIG.replace("colour: blue", "Bad Key!: x"))
    assert main(["diff", str(shop), *kept]) == 1
    assert "ConfigMap/settings would be refused" in capsys.readouterr().out


def test_verbose_says_what_is_asked_and_shows_no_secret(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(shop), *kept, "-v"]) == 3
    told = capsys.readouterr().err
    assert "PATCH /api/v1/namespaces/default/secrets/login?" in told
    assert "aHVudGVy" not in told
