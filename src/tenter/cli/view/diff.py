"""Differences in lines and as data. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from tenter.cli.view.text import Line, Span, Tone, printable
from tenter.cli.view.wording import short_revision
from tenter.library import ChangeKind, Differences, ObjectDifference

_TITLES = {
    ChangeKind.CREATE: ("is missing", Tone.GOOD),
    ChangeKind.CONFIGURE: ("differs", Tone.WARN),
    ChangeKind.PRUNE: ("is no longer in the source", Tone.BAD),
    ChangeKind.KEEP: ("is no longer in the source", Tone.DIM),
    ChangeKind.FAIL: ("would be refused", Tone.BAD),
}
_TONES = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.DIM}


def diff_lines(found: Differences) -> list[Line]:
    """Return the lines that tell ``found`` to a person; objects in sync are only counted."""
    lines: list[Line] = []
    for one in found.objects:
        if one.change in _TITLES:
            lines += [*_object(one, found.namespace), []]
    lines += [[Span("note: ", Tone.DIM), Span(printable(text))] for text in found.notices]
    lines.append(_count(found))
    return lines


def diff_data(found: Differences) -> dict[str, Any]:
    """Return ``found`` as plain data, for ``-o json`` and ``-o yaml``."""
    return {
        "application": found.application,
        "revision": found.revision,
        "namespace": found.namespace,
        "cluster": found.cluster,
        "differs": found.differs,
        "objects": [
            {
                **msgspec.to_builtins(one.key),
                "change": one.change.value,
                "reason": one.reason,
                "diff": [f"{line.sign}{line.text}" for line in one.lines],
            }
            for one in found.objects
        ],
        "notices": list(found.notices),
    }


def _object(one: ObjectDifference, namespace: str) -> list[Line]:
    said, tone = _TITLES[one.change]
    away = one.key.namespace and one.key.namespace != namespace
    where = f" in {one.key.namespace}" if away else ""
    head: Line = [
        Span(f"{one.key.kind}/{one.key.name}{where}", Tone.STRONG),
        Span(f" {said}", tone),
    ]
    if one.reason:
        head.append(Span(f": {printable(one.reason)}", Tone.DIM))
    return [head, *(_line(line.sign, line.text) for line in one.lines)]


def _line(sign: str, text: str) -> Line:
    shown = "..." if sign == "@" else f"{sign} {printable(text)}"
    return [Span(f"  {shown}".rstrip(), _TONES.get(sign, Tone.PLAIN))]


def _count(found: Differences) -> Line:
    tally = Counter(one.change for one in found.objects)
    words = (
        (ChangeKind.CREATE, "missing"),
        (ChangeKind.CONFIGURE, "different"),
        (ChangeKind.PRUNE, "to prune"),
        (ChangeKind.KEEP, "no longer in the source"),
        (ChangeKind.FAIL, "refused by the server"),
        (ChangeKind.UNCHANGED, "in sync"),
    )
    parts = [f"{tally[change]} {word}" for change, word in words if tally[change]]
    revision = f" at {short_revision(found.revision)}" if found.revision else ""
    return [
        Span(f"{found.application}{revision}: ", Tone.STRONG),
        Span(", ".join(parts) or "nothing to compare"),
    ]
