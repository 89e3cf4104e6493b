"""Every example of the documentation does what it says."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import Command, File, Program, Step, missing_line, steps_of

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if page.exists() and steps_of(page)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_can_be_followed_from_top_to_bottom(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if page.name == "sources.md":
        request.getfixturevalue("renderers")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "120",
        "KUBECONFIG": "",
    }
    try:
        for step in steps_of(page):
            _follow(step, tmp_path, environment)
    finally:
        for note in tmp_path.glob("*.pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(note.read_text()), signal.SIGTERM)
        for data in tmp_path.glob("*/cluster.json"):
            subprocess.run(
                ["tenter", "cluster", "stop", "--data", str(data.parent)],
                env=environment,
                check=True,
                capture_output=True,
            )


def _follow(step: Step, folder: Path, environment: dict[str, str]) -> None:
    match step:
        case File(path, text):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        case Program(text):
            _run([sys.executable, "-c", text], folder, environment)
        case Command(line, expected):
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                environment[name] = value.replace("$PWD", str(folder))
                return
            output = _run(["bash", "-o", "pipefail", "-c", line], folder, environment)
            missing = missing_line(output, expected)
            assert missing is None, f"$ {line}\n{output}\n--- lacks: {missing}"


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=90,
    )
    failing_on_purpose = command[-1].rstrip().endswith("|| true")
    assert done.returncode == 0 or failing_on_purpose, f"{command[-1]}\n{done.stdout}"
    return done.stdout


def test_a_line_that_the_output_lacks_is_found() -> None:
    assert missing_line("a  b\nc d", ("a b", "c ...")) is None
    assert missing_line("a\nb", ("b", "a")) == "a"
