"""Styled text of a known width: what the renderers are made of.

A line is a list of spans, each a text with a tone. What a tone looks like is the terminal's
business; how wide a text is, is decided here, so that no line ever wraps and the live view can
count its lines.
"""

from __future__ import annotations

import enum
import unicodedata
from typing import NamedTuple, TypeAlias


class Tone(enum.Enum):
    """What a text means; a terminal with colours shows it as one."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    GOOD = "good"
    BAD = "bad"
    BUSY = "busy"
    WARN = "warn"


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    tone: Tone = Tone.PLAIN


Line: TypeAlias = list[Span]


def line_text(line: Line) -> str:
    """Return ``line`` without its tones."""
    return "".join(span.text for span in line)


def width_of(text: str) -> int:
    """Return how many terminal cells ``text`` takes: two for wide characters, none for marks."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """Return ``text`` with tabs widened and control characters shown, never obeyed.

    A hook's output must not move the cursor or colour the screen of whoever watches it.
    """
    if text.isprintable():
        return text
    shown = []
    for character in text.expandtabs(4):
        if character.isprintable():
            shown.append(character)
        elif character == "\x1b":
            shown.append("␛")
        else:
            shown.append("�" if ord(character) > 31 else chr(0x2400 + ord(character)))
    return "".join(shown)


def log_text(text: str) -> str:
    """Return a log line as a terminal would leave it: progress meters overwrite themselves."""
    parts = [part for part in text.split("\r") if part.strip()]
    return printable(parts[-1] if parts else "")


def cut(text: str, width: int, *, mark: str = "…") -> str:
    """Return ``text``, shortened at its end to ``width`` cells where it is wider."""
    if width <= 0:
        return ""
    if width_of(text) <= width:
        return text
    room = width - width_of(mark)
    kept, used = [], 0
    for character in text:
        cells = _cells(character)
        if used + cells > room:
            break
        kept.append(character)
        used += cells
    return "".join(kept) + mark if room >= 0 else mark[:width]


def fit(line: Line, width: int, *, mark: str = "…") -> Line:
    """Return ``line`` cut to ``width`` cells, tones kept."""
    fitted: Line = []
    left = width
    for index, span in enumerate(line):
        needed = width_of(span.text)
        more = any(rest.text for rest in line[index + 1 :])
        if needed < left or (needed == left and not more):
            fitted.append(span)
            left -= needed
            continue
        shortened = cut(span.text + (mark if more and needed <= left else ""), left, mark=mark)
        if shortened:
            fitted.append(Span(shortened, span.tone))
        break
    return fitted
