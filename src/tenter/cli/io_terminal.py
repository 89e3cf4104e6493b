"""The terminal, or whatever stands in its place: how wide, how colourful, whether anyone reads.

All output of the commands goes through ``Terminal``. A reader that leaves (``| head``) silences it
and never stops a sync half-way; commands that only print end at once instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from tenter.cli.view.text import Line, Tone, line_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES: dict[Tone, str] = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.DIM: "dim",
    Tone.GOOD: "green",
    Tone.BAD: "red",
    Tone.BUSY: "cyan",
    Tone.WARN: "yellow",
}

# One cell for one cell, so that a cut line stays as wide as it was measured.
_ASCII = str.maketrans(
    {"▶": ">", "✔": "+", "✘": "x", "●": "*", "○": "o", "│": "|", "·": "-", "…": "~"}
)


@dataclass
class Terminal:
    """Standard output and what it can do, from ``environ`` and the stream itself."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    closed: bool = False

    @property
    def interactive(self) -> bool:
        """Whether a person watches a terminal that can redraw lines."""
        return self.stream.isatty() and self.environ.get("TERM", "") not in {"", "dumb"}

    @property
    def colourful(self) -> bool:
        """Whether colours may be used: a capable terminal, and NO_COLOR is unset or empty."""
        return self.interactive and not self.environ.get("NO_COLOR")

    def console(self) -> Console:
        """Return a rich console on the stream, with colours only where they may be used."""
        from rich.console import Console

        return Console(
            file=self.stream,
            no_color=not self.colourful,
            force_terminal=self.interactive,
            force_jupyter=False,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def shown(self, text: str) -> str:
        """Return ``text`` as this stream can encode it: signs become ASCII where they must."""
        encoding = self.stream.encoding or "ascii"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
        return text

    def rich_text(self, line: Line) -> Text:
        """Return ``line`` for a rich console."""
        from rich.text import Text

        text = Text(no_wrap=True, overflow="crop", end="")
        for span in line:
            text.append(self.shown(span.text), style=_STYLES[span.tone])
        return text

    def write(self, text: str) -> None:
        """Write ``text`` as it is, at once; a closed reader is noticed and not complained of."""
        if self.closed:
            return
        try:
            self.stream.write(self.shown(text))
            self.stream.flush()
        except BrokenPipeError:
            self.closed = True
            discard_output()

    def print(self, lines: Iterable[Line]) -> None:
        """Print ``lines``, with colours where they may be used."""
        if not self.colourful:
            self.write("".join(line_text(line) + "\n" for line in lines))
            return
        console = self.console()
        for line in lines:
            console.print(self.rich_text(line), soft_wrap=True)


def discard_output() -> None:
    """Send what is still unwritten nowhere.

    Python flushes standard output once more as it leaves, and would complain of the closed pipe.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
