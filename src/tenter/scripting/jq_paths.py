"""What jq path expressions name in an object: the whole of what jq is used for.

jq has no way to files or to the network here: imports stand at a program's beginning, where there
is a bracket, and the process that runs this has an empty environment. It can take time and memory,
which that process bounds.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jq
import msgspec

from tenter.diff.ignoring import Path
from tenter.errors import OptionError

MOST_PATHS = 10_000
"""Places that are believed to be meant; more is a mistake in the expression."""


def find_paths(expressions: Sequence[str], obj: bytes) -> tuple[Path, ...]:
    """Return every place in ``obj``, which is JSON, that an expression names.

    An expression that fails on this object names none. Raises ``OptionError`` for one that is no
    jq, or names more than ``MOST_PATHS``.
    """
    text = obj.decode()
    root: Any = None
    found: list[Path] = []
    for expression in expressions:
        program = _program(expression)
        try:
            paths = program.input_text(text).first()
        except (ValueError, StopIteration):
            continue
        if paths and root is None:
            root = msgspec.json.decode(obj)
        for path in paths:
            found += _concrete(root, path)
        if len(found) > MOST_PATHS:
            raise OptionError(
                f'jqPathExpressions: "{expression}" names more than {MOST_PATHS} places of one '
                "object. Name what holds them instead"
            )
    return tuple(found)


@functools.lru_cache(maxsize=256)
def _program(expression: str) -> Any:
    try:
        # The line's end keeps a comment at the expression's own end from taking the bracket.
        return jq.compile(f"[path({expression}\n)]")
    except ValueError as error:
        raise OptionError(f'jqPathExpressions: "{expression}" is no jq: {_said(error)}') from error


def _said(error: ValueError) -> str:
    first = str(error).splitlines()[0]
    return first.removeprefix("jq: error: ").partition(" at <top-level>")[0]


def _concrete(value: Any, path: Sequence[Any]) -> list[Path]:
    """Return a path as jq names it with plain numbers: those from the end, and slices, spelt out.

    A path that leaves the object names nothing.
    """
    if not path:
        return [()]
    step, rest = path[0], path[1:]
    if isinstance(step, dict) and isinstance(value, list):
        places = range(len(value))[slice(step.get("start"), step.get("end"))]
        if not rest:
            return [(at,) for at in places]
        # The next step counts within the slice, and may be another one.
        within = [value[at] for at in places]
        return [
            (places[path[0]], *path[1:])
            for path in _concrete(within, rest)
            if path and isinstance(path[0], int)
        ]
    if isinstance(step, int | float) and isinstance(value, list):
        at = int(step) + (len(value) if step < 0 else 0)
        inside = 0 <= at < len(value)
        return [(at, *below) for below in _concrete(value[at], rest)] if inside else []
    if isinstance(step, str) and isinstance(value, dict) and step in value:
        return [(step, *below) for below in _concrete(value[step], rest)]
    return []
