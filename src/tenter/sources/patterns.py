"""Glob patterns over paths, as Argo CD's directory sources understand them.

``*`` matches any text, ``/`` too, so ``*.yaml`` takes files of sub-directories as well; ``?`` is
one character, ``[a-z]`` and ``[!a-z]`` a class, ``{a,b}`` either. A pattern matches a whole path.
"""

from __future__ import annotations

import functools
import re

from tenter.errors import UsageError


def matches(pattern: str, path: str) -> bool:
    """Tell whether ``pattern`` matches the whole of ``path``.

    Raises ``UsageError`` for a pattern with an unclosed bracket or brace.
    """
    return _compiled(pattern).fullmatch(path) is not None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    braces = 0
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            # Runs of stars mean one: two wildcards in a row would only make matching slow.
            if not parts or parts[-1] != ".*":
                parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif character == "\\" and position < len(pattern):
            parts.append(re.escape(pattern[position]))
            position += 1
        elif character == "[":
            translated, position = _class(pattern, position)
            parts.append(translated)
        elif character == "{":
            braces += 1
            parts.append("(?:")
        elif character == "}" and braces:
            braces -= 1
            parts.append(")")
        elif character == "," and braces:
            parts.append("|")
        else:
            parts.append(re.escape(character))
    if braces:
        raise UsageError(f"the pattern {pattern!r} has a '{{' without its '}}'; close it")
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:
        raise UsageError(f"the pattern {pattern!r} is none: {error}") from error


def _class(pattern: str, start: int) -> tuple[str, int]:
    """Translate the class whose ``[`` stands before ``start``; return it and where it ends."""
    negated = pattern.startswith("!", start)
    first = start + negated
    # A ']' that comes first is one of the characters.
    end = pattern.find("]", first + 1)
    if end < 0:
        raise UsageError(f"the pattern {pattern!r} has a '[' without its ']'; close it")
    inner = re.sub(r"([\\\[\]^&|~])", r"\\\1", pattern[first:end])
    return f"[{'^' if negated else ''}{inner}]", end + 1
