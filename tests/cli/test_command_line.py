from __future__ import annotations

import subprocess
import sys

import pytest

from tenter.cli.main import main, tenter


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    listed = [line.split()[0] for line in shown.split("Commands:")[1].splitlines() if line.strip()]
    assert listed[: len(tenter.entries)] == list(tenter.entries)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from tenter.cli.main import main; main(['--help']);"
        "heavy = {'aiohttp', 'rich', 'yaml', 'msgspec', 'asyncio', 'cryptography', 'lupa'};"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""


def test_a_misspelt_command_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["snyc"]) == 2
    assert "Did you mean 'sync'?" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--vresion"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "tenter version --help" in told


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("tenter ")


@pytest.mark.parametrize("name", list(tenter.entries))
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--help"]) == 0
    assert f"tenter {name}" in capsys.readouterr().out.split("\n", 1)[1]
