from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenter.cli.main import main


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "cluster"
    yield folder
    main(["cluster", "stop", "--data", str(folder)])


def test_a_cluster_started_in_the_background_is_ready_and_serves(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cluster", "start", "--data", str(data)]) == 0
    capsys.readouterr()
    assert main(["cluster", "status", "--data", str(data), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["running"] is True
    assert main(["cluster", "kubeconfig", "--data", str(data)]) == 0
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(capsys.readouterr().out)
    manifest = tmp_path / "shop.yaml"
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\n")
    assert main(["sync", str(manifest), "--kubeconfig", str(kubeconfig)]) == 0
    assert main(["sync", str(manifest), "--embedded", "--data", str(data)]) == 0


def test_stop_ends_it_and_its_objects_are_there_again(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "shop.yaml"
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\n")
    flags = ["--embedded", "--data", str(data)]
    main(["cluster", "start", "--data", str(data)])
    main(["sync", str(manifest), *flags])
    assert main(["cluster", "stop", "--data", str(data)]) == 0
    assert main(["cluster", "status", "--data", str(data)]) == 1
    capsys.readouterr()
    assert main(["get", *flags]) == 0
    assert "ConfigMap/here" in capsys.readouterr().out


def test_a_second_start_is_refused_and_names_the_first(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cluster", "start", "--data", str(data)])
    assert main(["cluster", "start", "--data", str(data)]) == 1
    assert "already runs" in capsys.readouterr().err


def test_stopping_what_does_not_run_is_no_error(data: Path) -> None:
    assert main(["cluster", "stop", "--data", str(data)]) == 0


def test_a_kubeconfig_of_no_cluster_says_how_to_start_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cluster", "kubeconfig", "--data", str(data)]) == 1
    assert "tenter cluster start" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_works_with_the_printed_kubeconfig(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cluster", "start", "--data", str(data)])
    capsys.readouterr()
    main(["cluster", "kubeconfig", "--data", str(data)])
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(capsys.readouterr().out)
    done = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), "get", "namespaces", "-o", "name"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "namespace/default" in done.stdout
