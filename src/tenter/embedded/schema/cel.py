"""CEL, the language of ``x-kubernetes-validations``, through the optional ``cel-expr-python``.

Install it by ``pip install tenter[cel]``. Without it no rule is evaluated, and a definition's rules
are kept as they are. Kubernetes' own functions are added to the language as far as they need
nothing but values: lists, regular expressions, quantities. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tenter.embedded.schema.quantities import quantity

try:
    import cel_expr_python.cel as library
    from cel_expr_python.ext import (
        ext_bindings,
        ext_encoders,
        ext_math,
        ext_optional,
        ext_strings,
    )
except ImportError:  # the optional extra is not installed
    library = None

_REMEMBERED = 1024


class Outcome(msgspec.Struct, frozen=True):
    """What an expression came to: its ``value``, or why it has none."""

    value: Any = None
    error: str = ""


class Program:
    """An expression that was read; ``error`` says why it could not be, empty if it could."""

    def __init__(self, expression: str) -> None:
        self.error = ""
        self._expression: Any = None
        try:
            self._expression = _environment().compile(expression)
        except RuntimeError as error:
            text = str(error).removesuffix(" [INVALID_ARGUMENT]")
            self.error = text.removeprefix("INVALID_ARGUMENT: ")

    def run(self, variables: Mapping[str, Any]) -> Outcome:
        """Return what the expression comes to, given ``self`` and ``oldSelf``."""
        try:
            found = self._expression.eval(data=variables)
        except RuntimeError as error:
            return Outcome(error=str(error))
        if found.type().name() == "ERROR":
            return Outcome(error=str(found.value()))
        return Outcome(value=found.plain_value())


def is_available() -> bool:
    """Tell whether expressions can be evaluated here."""
    return library is not None


@functools.lru_cache(maxsize=_REMEMBERED)
def program(expression: str) -> Program:
    """Return an expression, read; only to be called where ``is_available``."""
    return Program(expression)


@functools.cache
def _environment() -> Any:
    kinds = library.Type
    return library.NewEnv(
        variables={"self": kinds.DYN, "oldSelf": kinds.DYN},
        extensions=[
            ext_strings.ExtStrings(),
            ext_math.ExtMath(),
            ext_encoders.ExtEncoders(),
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
        ],
        functions=[_declaration(*each) for each in _functions(kinds).items()],
    )


def _declaration(name: str, overloads: list[tuple[list[Any], Any, Callable[..., Any]]]) -> Any:
    """Return a function or method; its first parameter is what a method is called on."""
    return library.FunctionDecl(
        name,
        [
            library.Overload(
                id=f"kubernetes_{name}_{'_'.join(each.name().lower() for each in parameters)}",
                return_type=result,
                parameters=parameters,
                is_member=name not in _PLAIN_FUNCTIONS,
                impl=work,
            )
            for parameters, result, work in overloads
        ],
    )


_PLAIN_FUNCTIONS = frozenset({"quantity", "isQuantity"})


def _functions(kinds: Any) -> dict[str, list[tuple[list[Any], Any, Callable[..., Any]]]]:
    """Return Kubernetes' functions: overloads of parameters, result, and what they do.

    Quantities are numbers here, so that two of the same amount are equal.
    """
    list_, text, number, truth = kinds.LIST, kinds.STRING, kinds.DOUBLE, kinds.BOOL
    return {
        "isSorted": [([list_], truth, lambda items: list(items) == sorted(items))],
        "sum": [([list_], kinds.DYN, sum)],
        "min": [([list_], kinds.DYN, min)],
        "max": [([list_], kinds.DYN, max)],
        "find": [([text, text], text, _find)],
        "findAll": [([text, text], list_, lambda given, sought: re.findall(sought, given))],
        "quantity": [([text], number, _amount)],
        "isQuantity": [([text], truth, lambda given: quantity(given) is not None)],
        "isGreaterThan": [([number, number], truth, lambda one, other: one > other)],
        "isLessThan": [([number, number], truth, lambda one, other: one < other)],
        "compareTo": [([number, number], kinds.INT, lambda a, b: (a > b) - (a < b))],
        "add": [([number, number], number, lambda one, other: one + other)],
        "sub": [([number, number], number, lambda one, other: one - other)],
        "sign": [([number], kinds.INT, lambda given: (given > 0) - (given < 0))],
        "isInteger": [([number], truth, lambda given: given == int(given))],
        "asInteger": [([number], kinds.INT, int)],
        "asApproximateFloat": [([number], number, lambda given: given)],
    }


def _find(given: str, sought: str) -> str:
    found = re.search(sought, given)
    return found.group() if found else ""


def _amount(given: str) -> float:
    found = quantity(given)
    if found is None:
        raise ValueError(f"{given!r} is not a quantity")
    return float(found)
