"""Every row of docs/kubeconfig.md is shown by a test, and no field that is read lacks a row."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tenter.kube import kubeconfig

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "kubeconfig.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| kubectl"))
]
TESTS = {
    name
    for folder in ("kube", "faults/network")
    for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))
    for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
}
READ = [
    field.encode_name
    for struct in (kubeconfig._Cluster, kubeconfig._Context, kubeconfig.ExecPlugin, kubeconfig.User)
    for field in msgspec.structs.fields(struct)
    if field.encode_name != "exec"
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0] or row[1]}")
def test_a_row_is_shown_by_a_test(row: list[str]) -> None:
    assert len(row) == 3
    assert row[2].strip("`") in TESTS


@pytest.mark.parametrize("field", READ)
def test_a_field_that_is_read_has_a_row(field: str) -> None:
    assert any(re.search(rf"`{field}`", row[0]) for row in ROWS)
