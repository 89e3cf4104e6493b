"""What people type and what they read: kubectl sessions, each in one file with its output.

A transcript is written as a terminal shows it::

    # Why this is tried.
    $ kubectl create configmap colours --from-literal=wall=red
    configmap/colours created
    $ kubectl get configmap paint
    ! Error from server (NotFound): configmaps "paint" not found
    [1]

A line with ``$`` begins a command of the shell, ``>`` continues it; ``!`` is what it says on
standard error, and ``[n]`` an exit code other than 0. An output line that would read as one of
these is indented by a backslash. The output stands as ``printed`` leaves it.

Pure; ``io_kubectl`` plays transcripts, and ``io_transcripts`` records them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

_EXIT = re.compile(r"\[(\d+)\]")
_MARKS = ("# ", "$ ", "> ", "! ", "\\")


class Printed(msgspec.Struct, frozen=True):
    """What a command printed on standard output and standard error, and its exit code."""

    output: str
    complaint: str = ""
    exit_code: int = 0

    def lines(self) -> list[str]:
        """Return the lines that a transcript shows of it."""
        shown = [f"\\{line}" if _is_marked(line) else line for line in _lines(self.output)]
        shown += [f"! {line}".rstrip() for line in _lines(self.complaint)]
        if self.exit_code:
            shown.append(f"[{self.exit_code}]")
        return shown


class Exchange(msgspec.Struct, frozen=True):
    """A command, with the comment before it and the lines that it is expected to print."""

    command: str
    expected: tuple[str, ...] = ()
    comment: tuple[str, ...] = ()


class Transcript(msgspec.Struct, frozen=True):
    """One session; it is played in a namespace of its ``name``."""

    name: str
    exchanges: tuple[Exchange, ...]

    def with_outputs(self, printed: Iterable[Printed]) -> Transcript:
        """Return the same session with other outputs, one a command."""
        fresh = [
            msgspec.structs.replace(exchange, expected=tuple(each.lines()))
            for exchange, each in zip(self.exchanges, printed, strict=True)
        ]
        return msgspec.structs.replace(self, exchanges=tuple(fresh))


def read_transcript(name: str, text: str) -> Transcript:
    """Return the transcript that ``text`` holds; raises ValueError where it begins with output."""
    exchanges: list[Exchange] = []
    comment: list[str] = []
    command: list[str] = []
    output: list[str] = []

    def close() -> None:
        while output and not output[-1]:
            output.pop()
        if command:
            exchange = Exchange("\n".join(command), tuple(output), tuple(comment))
            exchanges.append(exchange)
            comment.clear()
        command.clear()
        output.clear()

    for line in text.splitlines():
        if line.startswith("# "):
            close()
            comment.append(line)
        elif line.startswith("$ "):
            close()
            command.append(line[2:])
        elif line.startswith(">") and command and not output:
            command.append(line[2:])
        elif command:
            output.append(line)
        elif line:
            raise ValueError(f"{name}: {line!r} is no command's output")
    close()
    return Transcript(name, tuple(exchanges))


def write_transcript(transcript: Transcript) -> str:
    """Return a transcript's text."""
    lines: list[str] = []
    for exchange in transcript.exchanges:
        if exchange.comment and lines:
            lines.append("")
        lines += exchange.comment
        first, *others = exchange.command.split("\n")
        lines.append(f"$ {first}")
        lines += [f"> {line}".rstrip() for line in others]
        lines += exchange.expected
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _is_marked(line: str) -> bool:
    return line.startswith(_MARKS) or line == ">" or _EXIT.fullmatch(line) is not None
