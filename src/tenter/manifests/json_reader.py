"""JSON text to plain values: one document, or several one after the other.

Kubernetes tries JSON on text that starts with ``{``, and YAML where that fails. Its own reading of
numbers holds here too: 1.0 is the integer 1.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from tenter.errors import ManifestError
from tenter.manifests.scalars import json_number
from tenter.manifests.yaml_reader import MAX_DEPTH, Parsed

_SPACE = re.compile(r"[ \t\r\n]*")


def parse_json(text: str, file: str) -> Iterator[Parsed]:
    """Yield each document of ``text``, with its line.

    ``file`` is for messages. Raises ``ManifestError`` with document and line where the text is not
    JSON, or nests deeper than ``MAX_DEPTH`` levels.
    """
    repeated: list[str] = []
    decoder = json.JSONDecoder(
        object_pairs_hook=lambda pairs: _mapping(pairs, repeated),
        parse_float=_number,
        parse_int=_integer,
        parse_constant=_refuse_constant,
    )
    position = _skip_space(text, 0)
    document, line, counted = 0, 1, 0
    while position < len(text):
        document += 1
        line += text.count("\n", counted, position)
        counted = position
        repeated.clear()
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise ManifestError(
                f"not JSON, at column {error.colno}: {error.msg}",
                file=file,
                document=document,
                line=error.lineno,
            ) from error
        except _ConstantError as error:
            raise ManifestError(
                f"{error} is no JSON number; put it in quotes",
                file=file,
                document=document,
                line=line,
            ) from error
        except RecursionError:
            raise _too_deep(file, document, line) from None
        if _is_deeper(value, MAX_DEPTH):
            raise _too_deep(file, document, line)
        yield Parsed(value, document, line, [], [(key, line) for key in repeated])
        position = _skip_space(text, position)


class _ConstantError(ValueError):
    """NaN or an infinity, which Python's reader would take."""


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _integer(digits: str) -> int | float:
    # Beyond 64 bits Kubernetes reads a float; so does this, and without Python's limit on digits.
    if len(digits) <= 20 and -(2**63) <= (value := int(digits)) < 2**63:
        return value
    return _number(digits)


def _number(digits: str) -> int | float:
    number = float(digits)
    if not math.isfinite(number):
        raise _ConstantError(digits[:40])
    return json_number(number)


def _mapping(pairs: list[tuple[str, Any]], repeated: list[str]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append(key)
            seen.add(key)
    return mapping


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            item
            for container in level
            if isinstance(container, dict | list)
            for item in (container.values() if isinstance(container, dict) else container)
        ]
        if not level:
            return False
    return True


def _too_deep(file: str, document: int, line: int) -> ManifestError:
    return ManifestError(
        f"nested deeper than {MAX_DEPTH} levels", file=file, document=document, line=line
    )
