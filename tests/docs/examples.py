"""The runnable examples of a Markdown page.

A fence whose info string names a path, such as ```` ```yaml deploy/migrate.yaml ````, is a file. A
``console`` fence holds commands after ``$`` and lines that their output must contain, in order;
``...`` stands for anything. A ``python run`` fence is a program that must exit 0. Everything of a
page runs in one folder, from top to bottom.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class File(msgspec.Struct, frozen=True):
    """A file that the reader is told to write."""

    path: str
    text: str


class Command(msgspec.Struct, frozen=True):
    """A command, and what its output must contain, line by line."""

    line: str
    expected: tuple[str, ...]


class Program(msgspec.Struct, frozen=True):
    """A Python program."""

    text: str


Step = File | Command | Program


def steps_of(page: Path) -> list[Step]:
    """Return what a reader of ``page`` does, in order."""
    steps: list[Step] = []
    for info, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        language, _, rest = info.partition(" ")
        if language == "console":
            steps += _commands(body)
        elif language == "python" and rest == "run":
            steps.append(Program(body))
        elif rest:
            steps.append(File(rest, body))
    return steps


def _commands(body: str) -> list[Command]:
    commands: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif line.strip() and commands:
            commands[-1][1].append(line)
    return [Command(line, tuple(expected)) for line, expected in commands]


def missing_line(output: str, expected: tuple[str, ...]) -> str | None:
    """Return the first expected line that ``output`` lacks at its place, None where all are there.

    White space is folded, so that columns may shift; ``...`` matches anything.
    """
    rest = [" ".join(line.split()) for line in output.splitlines()]
    for wanted in expected:
        parts = (re.escape(part) for part in " ".join(wanted.split()).split("..."))
        pattern = re.compile(".*".join(parts))
        while rest and not pattern.search(rest[0]):
            rest.pop(0)
        if not rest and wanted.strip() != "...":
            return wanted
    return None
