"""``tenter health``: what it prints, and what it ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenter.cli.main import main

WIDGET = "apiVersion: acme.io/v1\nkind: Widget\nmetadata: {name: w}\nstatus: {phase: shiny}\n"
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: m}
status: {conditions: [{type: Failed, status: "True", message: out of memory}]}
"""
CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.acme.io_Widget: |
    return {status = "Healthy", message = obj.status.phase}
"""


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(place: str, text: str) -> str:
    file = Path(place)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return place


def judged(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[Any]:
    assert main(["health", *arguments, "-o", "json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_object_of_a_file_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    written("objects.yaml", f"{WIDGET}---{JOB}")
    assert main(["health", "-f", "objects.yaml"]) == 0
    widget, job = capsys.readouterr().out.splitlines()
    assert widget == "acme.io/Widget w  no check for this kind"
    assert job == "batch/Job m  Degraded  out of memory"


def test_scripts_of_a_folder_come_before_the_built_in_checks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written("widget.yaml", WIDGET)
    written("checks/acme.io/Widget/health.lua", 'return {status = "Healthy", message = "shiny"}')
    (verdict,) = judged(capsys, "-f", "widget.yaml", "--scripts", "checks")
    assert verdict == {
        "group": "acme.io",
        "kind": "Widget",
        "namespace": "",
        "name": "w",
        "health": {"status": "Healthy", "message": "shiny"},
        "custom": True,
        "failed": False,
    }


def test_scripts_of_argo_cds_settings_are_read_from_a_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written("widget.yaml", WIDGET)
    written("cm.yaml", CONFIG_MAP)
    (verdict,) = judged(capsys, "-f", "widget.yaml", "--scripts", "cm.yaml")
    assert (verdict["health"]["message"], verdict["custom"]) == ("shiny", True)


def test_a_script_that_fails_spoils_its_own_verdict_and_the_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written("objects.yaml", f"{WIDGET}---{JOB}")
    written("checks/acme.io/Widget/health.lua", "\nreturn obj.a.b")
    widget, job = judged(capsys, "-f", "objects.yaml", "--scripts", "checks", code=1)
    assert widget["health"]["status"] == "Unknown"
    assert "checks/acme.io/Widget/health.lua:2: " in widget["health"]["message"]
    assert (widget["custom"], widget["failed"]) == (False, True)
    assert job["health"]["status"] == "Degraded"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n", "holds 0 ConfigMaps"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", "hold no health check"),
    ],
)
def test_settings_without_a_check_are_told(
    settings: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written("widget.yaml", WIDGET)
    written("cm.yaml", settings)
    assert main(["health", "-f", "widget.yaml", "--scripts", "cm.yaml"]) != 0
    assert complaint in capsys.readouterr().err
