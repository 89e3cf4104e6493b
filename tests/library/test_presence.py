from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tenter.errors import StateError
from tenter.library.io_presence import Presence, announce, claimed, kubeconfig_path, running_in

HERE = Presence(process=1, url="https://127.0.0.1:1", started_at=0.0, kubeconfig="secret")


def test_a_folder_that_nobody_claimed_runs_nothing(tmp_path: Path) -> None:
    assert running_in(tmp_path / "none") is None
    with claimed(tmp_path):
        pass
    assert running_in(tmp_path) is None


def test_a_cluster_is_found_once_it_is_announced_and_only_while_it_runs(tmp_path: Path) -> None:
    with claimed(tmp_path):
        assert running_in(tmp_path) is None
        announce(tmp_path, HERE)
        assert running_in(tmp_path) == HERE
    assert running_in(tmp_path) is None


def test_a_note_left_by_a_killed_process_is_not_believed(tmp_path: Path) -> None:
    with claimed(tmp_path):
        announce(tmp_path, HERE)
        left = (tmp_path / "cluster.json").read_bytes()
    (tmp_path / "cluster.json").write_bytes(left)
    assert running_in(tmp_path) is None
    with claimed(tmp_path):
        assert running_in(tmp_path) is None


def test_a_second_claim_is_refused_and_says_how_to_stop_the_first(tmp_path: Path) -> None:
    refused = pytest.raises(StateError, match="tenter cluster stop --data")
    with claimed(tmp_path), refused, claimed(tmp_path):
        pass


def test_the_kubeconfig_is_for_its_owner_alone(tmp_path: Path) -> None:
    with claimed(tmp_path):
        announce(tmp_path, HERE)
        assert stat.S_IMODE(kubeconfig_path(tmp_path).stat().st_mode) == 0o600
