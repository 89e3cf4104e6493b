"""Ranges of version tags: ``1.2.*``, ``^1.4``, ``~2.1.0``, ``>=1.0 <2.0 || 3.x``.

Argo CD takes such a range as a revision and syncs the highest tag in it. A tag is a version with
or without a leading ``v``, and may leave out its minor and patch numbers. A pre-release counts
only where the range itself names one. Precedence is Semantic Versioning's (semver.org, 11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

_PART = r"(0|[1-9][0-9]{0,17})"
_VERSION = re.compile(
    rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_WILD = r"([0-9]{1,18}|[xX*])"
_TERM = re.compile(
    rf"(=|==|!=|<|<=|=<|>|>=|=>|~|~>|\^)?\s*v?{_WILD}(?:\.{_WILD})?(?:\.{_WILD})?"
    r"(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_RANGE_SIGNS = re.compile(r"[\^~<>=*|,\s]|(?:^|\.)[xX](?:\.|$)")

Version: TypeAlias = tuple[int, int, int, tuple[tuple[int, int, str], ...]]
_Test: TypeAlias = Callable[[Version], bool]

_RELEASE: tuple[tuple[int, int, str], ...] = ((2, 0, ""),)
"""Sorts after every pre-release of the same numbers."""
_LOWEST: tuple[tuple[int, int, str], ...] = ()


def is_range(revision: str) -> bool:
    """Tell whether ``revision`` is written as a range of versions, rather than as a name."""
    signs = _RANGE_SIGNS.search(revision) and re.search(r"[0-9*]", revision)
    return bool(signs) and _alternatives(revision) is not None


def highest_in_range(tags: Iterable[str], revision: str) -> str | None:
    """Return the tag of the highest version in the range ``revision``; None where none is in it."""
    alternatives = _alternatives(revision) or []
    best: tuple[Version, str] | None = None
    for tag in tags:
        version = read_version(tag)
        if version is None or not any(
            (with_pre_releases or version[3] == _RELEASE) and all(test(version) for test in tests)
            for tests, with_pre_releases in alternatives
        ):
            continue
        if best is None or (version, tag) > best:
            best = (version, tag)
    return best[1] if best else None


def read_version(tag: str) -> Version | None:
    """Return the version that ``tag`` is, comparable with others; None where it is no version."""
    match = _VERSION.fullmatch(tag)
    if match is None:
        return None
    major, minor, patch, pre_release = match.groups()
    return (int(major), int(minor or 0), int(patch or 0), _pre_release(pre_release))


def _pre_release(text: str | None) -> tuple[tuple[int, int, str], ...]:
    if not text:
        return _RELEASE
    # Numbers sort before words, and by value.
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() and len(part) < 19 else (1, 0, part)
        for part in text.split(".")
    )


def _alternatives(text: str) -> list[tuple[list[_Test], bool]] | None:
    alternatives = []
    for part in text.split("||"):
        terms = _HYPHEN.sub(r">=\1 <=\2", part.strip()).replace(",", " ")
        tests: list[_Test] = []
        with_pre_releases = False
        position = 0
        while position < len(terms):
            if terms[position].isspace():
                position += 1
                continue
            match = _TERM.match(terms, position)
            if match is None or (match.end() < len(terms) and not terms[match.end()].isspace()):
                return None
            tests.append(_test(match))
            with_pre_releases = with_pre_releases or match[5] is not None
            position = match.end()
        if not tests:
            return None
        alternatives.append((tests, with_pre_releases))
    return alternatives


def _test(match: re.Match[str]) -> _Test:
    operator, *written, pre_release = match.groups()
    numbers: list[int] = []
    for part in written:
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    low = _floor(numbers, pre_release)
    # What follows the whole family written: 1.2 is 1.2.*, and the next after it is 1.3.
    after = _after(numbers, len(numbers))
    match operator:
        case ">":
            return (lambda v: v > low) if len(numbers) == 3 else (lambda v: not _below(v, after))
        case ">=" | "=>":
            return lambda v: v >= low
        case "<":
            return lambda v: bool(numbers) and v < low
        case "<=" | "=<":
            return (lambda v: v <= low) if len(numbers) == 3 else (lambda v: _below(v, after))
        case "!=":
            if len(numbers) == 3:
                return lambda v: v != low
            return lambda v: v < low or not _below(v, after)
        case "~" | "~>":
            return _between(low, _after(numbers, min(len(numbers), 2)))
        case "^":
            significant = next((i for i, number in enumerate(numbers) if number), None)
            kept = len(numbers) if significant is None else significant + 1
            return _between(low, _after(numbers, kept))
        case _:
            return (lambda v: v == low) if len(numbers) == 3 else _between(low, after)


def _floor(numbers: list[int], pre_release: str | None) -> Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    complete = len(numbers) == 3 or pre_release
    return (major, minor, patch, _pre_release(pre_release) if complete else _LOWEST)


def _after(numbers: list[int], kept: int) -> Version | None:
    """Return the first version beyond those that share the first ``kept`` numbers."""
    if kept == 0:
        return None
    major, minor, patch = (*numbers[: kept - 1], numbers[kept - 1] + 1, 0, 0)[:3]
    return (major, minor, patch, _LOWEST)


def _below(version: Version, bound: Version | None) -> bool:
    return bound is None or version < bound


def _between(low: Version, bound: Version | None) -> _Test:
    return lambda version: version >= low and _below(version, bound)
