"""Takes out of what kubectl prints what must differ between two runs, and nothing else.

Ages, times, identifiers, addresses and generated names become words; where kubectl pads columns to
the widest of these, the padding goes as well. Everything else stays as it was printed.
"""

from __future__ import annotations

import re

_SUFFIX = "[bcdfghjklmnpqrstvwxz2456789]"
"""The alphabet of generated names and template hashes: no vowels, no digits that look like them."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC"), "<time>"),
    (re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"), "<time>"),
    (re.compile(r"\b127\.0\.0\.1:\d+"), "<server>"),
    (re.compile(r"\b(?:10\.96|127|10\.244)\.\d+\.\d+\.?\d*"), "<address>"),
    (re.compile(rf"(?<=[a-z0-9])-{_SUFFIX}{{8,10}}-{_SUFFIX}{{5}}(?![\w-])"), "-<hash>-<suffix>"),
    (re.compile(rf"(?<=[a-z0-9])-{_SUFFIX}{{8,10}}(?![\w-])"), "-<hash>"),
    (re.compile(rf"(?<=[a-z0-9])-{_SUFFIX}{{5}}(?![\w-])"), "-<suffix>"),
    (re.compile(rf"(?<=pod-template-hash=){_SUFFIX}{{8,10}}"), "<hash>"),
    (re.compile(r"(?<=resourceVersion: .)\d+"), "<version>"),
    (re.compile(r'(?<="resourceVersion": ")\d+'), "<version>"),
    (re.compile(r"^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ "), ""),
    (re.compile(r"(?<![\w.=:-])(?:\d+[dhms]){1,2}(?![\w.=:-])"), "<age>"),
    (re.compile(r" {2,}(?=\S)"), "  "),
    (re.compile(r"(?<=^Resource Version:  )\d+"), "<version>"),
)


def without_chance(text: str) -> str:
    """Return what was printed without what chance and time put into it."""
    return "\n".join(_line(line) for line in text.splitlines())


def _line(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    kept, rest = line[:indent], line[indent:].rstrip()
    for pattern, word in _RULES:
        rest = pattern.sub(word, rest)
    return kept + rest
