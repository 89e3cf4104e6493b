"""Glob patterns, as Argo CD's directory sources, projects and sync windows write them.

``*`` matches any text and ``?`` one character, ``[a-z]`` and ``[!a-z]`` a class, ``{a,b}`` either.
With a separator neither ``*`` nor ``?`` crosses it, and ``**`` does. A pattern matches a whole
text.
"""

from __future__ import annotations

import functools
import re

from tenter.errors import UsageError


def matches(pattern: str, text: str, separator: str = "") -> bool:
    """Tell whether ``pattern`` matches the whole of ``text``.

    ``separator`` is a character that only ``**`` crosses; empty: ``*`` matches anything. Raises
    ``UsageError`` for a pattern with an unclosed bracket or brace.
    """
    return compiled(pattern, separator).fullmatch(text) is not None


@functools.lru_cache(maxsize=1024)
def compiled(pattern: str, separator: str = "") -> re.Pattern[str]:
    """Return ``pattern`` as a regular expression; raises as ``matches``."""
    some = f"[^{re.escape(separator)}]" if separator else "."
    parts: list[str] = []
    braces = 0
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            stars = 1
            while pattern.startswith("*", position):
                position += 1
                stars += 1
            # A run of stars means one: two wildcards in a row would only make matching slow.
            parts.append(".*" if stars > 1 else f"{some}*")
        elif character == "?":
            parts.append(some)
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
