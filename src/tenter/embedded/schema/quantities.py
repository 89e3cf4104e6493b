"""Quantities: numbers with a suffix, such as ``500m``, ``1Gi``, ``1e3``.

Source of the rules: the resource.Quantity serialization format of the Kubernetes API.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

_FORM = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]?)|[eE]([+-]?\d+))"
)
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_NAMES = {power: name for name, power in _DECIMAL.items()}
_BINARY_NAMES = {power: name for name, power in _BINARY.items()}
_SMALLEST = Decimal("1e-9")


@functools.lru_cache(maxsize=1024)
def _parse(text: str) -> tuple[Decimal, str] | None:
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    number, binary, decimal, exponent = match.groups()
    amount = Decimal(number)
    if binary:
        return amount * 1024 ** _BINARY[binary], "binary"
    if exponent is not None:
        return amount.scaleb(int(exponent)), "exponent"
    return amount.scaleb(_DECIMAL[decimal or ""]), "decimal"


def quantity(value: Any) -> Decimal | None:
    """Return the amount that ``value`` (a text or number) says, None if it is not a quantity."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    parsed = _parse(str(value))
    return None if parsed is None else parsed[0]


def canonical(value: Any) -> Any:
    """Return ``value`` as Kubernetes writes it: no fraction, the largest suffix that fits.

    ``1000m`` is ``1``, ``0.5`` is ``500m``, ``1024Mi`` is ``1Gi``. What is not a quantity is
    returned as it is.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    return _canonical(str(value)) or value


@functools.lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    parsed = _parse(text)
    if parsed is None:
        return ""
    amount, form = parsed
    if form == "binary" and (amount != amount.to_integral_value() or abs(amount) < 1024):
        form = "decimal"
    if amount == 0:
        return "0"
    if form == "binary":
        whole = int(amount)
        power = 0
        while power < 6 and whole % 1024 == 0:
            whole //= 1024
            power += 1
        return f"{whole}{_BINARY_NAMES.get(power, '')}"
    # Nothing is smaller than a billionth: Kubernetes rounds away from zero.
    units = amount / _SMALLEST
    whole = int(units)
    if whole != units:
        whole += 1 if amount > 0 else -1
    power = -9
    while power < 18 and whole % 1000 == 0:
        whole //= 1000
        power += 3
    if form == "exponent":
        return f"{whole}e{power}" if power else str(whole)
    return f"{whole}{_DECIMAL_NAMES[power]}"
