"""What an unquoted YAML scalar is: a boolean, a number, nothing, or a string.

Kubernetes reads manifests with a YAML 1.1 reader of its own rules and then turns them into JSON,
so ``y`` and ``on`` are true, ``0o17`` and ``017`` are 15, ``1:30`` and dates are strings, ``1e3``
is the integer 1000, and every key becomes a string. The rules here follow what kubectl prints for
the same text. They are Kubernetes' (sigs.k8s.io/yaml), neither YAML 1.1's nor 1.2's.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(
        ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True
    ),
    **dict.fromkeys(
        ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False
    ),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + word: math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **{"-" + word: -math.inf for word in (".inf", ".Inf", ".INF")},
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INTEGER = re.compile(
    r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|0([0-7]+)|(0|[1-9][0-9]*))"
)
_BASES = ((2, 16), (3, 8), (4, 2), (5, 8), (6, 10))
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT64 = range(-(2**63), 2**63)
_LONGEST_NUMBER = 400
"""Digits beyond this are no number anyone means, and Python is slow on millions of them."""


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar. Infinities and NaN are returned as floats."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_STARTS and len(text) < _LONGEST_NUMBER:
        number = _number(text.replace("_", ""))
        return text if number is None else number
    return text


def key_text(key: Scalar) -> str | None:
    """Return the string that a scalar becomes as a mapping's key; None where it cannot be one."""
    if isinstance(key, str):
        return key
    if key is None:
        return None
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, float) and not math.isfinite(key):
        return ".nan" if math.isnan(key) else ".inf" if key > 0 else "-.inf"
    return f"{key}"


def json_number(number: float) -> int | float:
    """Return ``number`` as Kubernetes reads it back from JSON: 1.0 is written, and read, as 1."""
    if math.isfinite(number) and number.is_integer() and int(number) in _INT64:
        return int(number)
    return number


def _number(text: str) -> int | float | None:
    integer = _INTEGER.fullmatch(text)
    if integer is not None:
        for group, base in _BASES:
            if (digits := integer[group]) is not None:
                value = int(integer[1] + digits, base)
                return value if value in _INT64 else float(value)
    if _FLOAT.fullmatch(text) is None:
        return None
    number = float(text)
    # Beyond what a float holds, Kubernetes keeps the text.
    return json_number(number) if math.isfinite(number) else None
