"""Sockets, files, processes and the clock are touched in modules named ``io_*`` only.

The rest of the code can then be read without fear, and a simulator replaces those modules alone.
The command line is an edge of its own: it talks to a terminal.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "tenter"
EFFECTS = {
    "aiohttp",
    "fcntl",
    "http",
    "multiprocessing",
    "resource",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}
EFFECT_CALLS = {
    ("asyncio", "create_subprocess_exec"),
    ("asyncio", "create_subprocess_shell"),
    ("asyncio", "open_connection"),
    ("asyncio", "start_server"),
    ("asyncio", "to_thread"),
    ("datetime", "now"),
    ("os", "environ"),
    ("os", "getenv"),
    ("random", "random"),
    ("random", "choice"),
    ("uuid", "uuid4"),
}
EDGES = {"cli"}


def _modules() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if not path.name.startswith("io_") and path.relative_to(SOURCE).parts[0] not in EDGES
    ]


def effects_of(code: str) -> list[str]:
    """Return the effects that a module's code reaches for, as ``line: what``."""
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import(names):
                reached = [f"import {alias.name}" for alias in names if alias.name in EFFECTS]
            case ast.ImportFrom(module=str(module), level=0) if module in EFFECTS:
                reached = [f"import {module}"]
            case ast.Attribute(value=ast.Name(owner), attr=name) if (owner, name) in EFFECT_CALLS:
                reached = [f"{owner}.{name}"]
            case ast.Call(func=ast.Name("open")):
                reached = ["open()"]
            case _:
                continue
        found += [f"{node.lineno}: {what}" for what in reached]
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_without_io_in_its_name_has_no_effects(path: Path) -> None:
    assert effects_of(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    ["import socket", "from subprocess import run", "import os\nos.environ['A']", "open('x')"],
)
def test_the_check_finds_effects(code: str) -> None:
    assert effects_of(code) != []
