"""The validation rules of custom resources: ``x-kubernetes-validations``, evaluated.

A rule sees the value at its place as ``self``, with no more fields than the schema declares. One
that mentions ``oldSelf`` is about a change, and is asked only where there was a value before.
Pure. Source: the Kubernetes documentation of custom resources, "Validation rules".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tenter.embedded.schema import cel
from tenter.embedded.schema.causes import Cause, Fault, invalid
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

RULES = "x-kubernetes-validations"
_OLD = re.compile(r"\boldSelf\b")
_BLOCKING = frozenset(
    {Fault.NOT_SUPPORTED, Fault.REQUIRED, Fault.TOO_LONG, Fault.TOO_MANY, Fault.TYPE_INVALID}
)
_UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing "
    "errors to complete validation"
)
_KEYWORDS = frozenset(
    {
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for"),
        *("function", "if", "import", "let", "loop", "package", "namespace", "return", "var"),
        *("void", "while"),
    }
)
_UNSPEAKABLE = frozenset({"date-time", "date", "duration"})
"""Formats whose values CEL has types of, which the library does not take from outside."""


class _Place(msgspec.Struct, frozen=True):
    path: str
    type: Type
    value: Any
    before: Any


def with_rules(
    causes: list[Cause], obj: Manifest, old: Manifest | None, type_: StructType
) -> list[Cause]:
    """Return ``causes``, found by the schema, and what ``obj`` breaks of the schema's rules.

    Rules are not asked where the schema alone finds that a value is missing, too long or of the
    wrong type; that is said as well. ``old`` is None for a new object.
    """
    if type_.built_in or not cel.is_available() or not has_rules(type_):
        return causes
    if any(cause.reason in _BLOCKING or _is_of_type(cause) for cause in causes):
        return [*causes, invalid("<nil>", None, _UNCHECKED)]
    broken = [
        cause
        for place in _places(_Place("", type_, obj, msgspec.UNSET if old is None else old))
        for rule in place.type.checks.get(RULES) or ()
        for cause in _judge(rule, place)
    ]
    return [*causes, *broken]


def has_rules(type_: Type) -> bool:
    """Tell whether a type, or one below it, has rules."""
    if RULES in type_.checks:
        return True
    if type_.element is not None and has_rules(type_.element):
        return True
    return any(has_rules(field) for field in type_.fields.values() if not field.built_in)


def unreadable_rules(schema: Any, path: str) -> list[Cause]:
    """Return the causes for rules of the ``openAPIV3Schema`` at ``path`` that cannot be read."""
    if not cel.is_available() or not isinstance(schema, dict):
        return []
    found = []
    for number, rule in enumerate(schema.get(RULES) or ()):
        error = cel.program(rule.get("rule", "")).error
        if error:
            field = f"{path}.{RULES}[{number}].rule"
            found.append(invalid(field, rule, f"compilation failed: {error}"))
    for name, below in (schema.get("properties") or {}).items():
        found += unreadable_rules(below, f"{path}.properties[{name}]")
    for name in ("items", "additionalProperties"):
        found += unreadable_rules(schema.get(name), f"{path}.{name}")
    return found


def _is_of_type(cause: Cause) -> bool:
    return " in body must be of type " in cause.message


def _places(place: _Place) -> Iterator[_Place]:
    """Yield a place and those below it that hold a value; what is innermost comes last."""
    yield place
    value, type_ = place.value, place.type
    if isinstance(value, dict):
        before = place.before if isinstance(place.before, dict) else {}
        for name, below in value.items():
            inner = type_.fields.get(name) if type_.shape is Shape.OBJECT else type_.element
            if inner is None or inner.built_in:
                continue
            if type_.shape is Shape.OBJECT:
                path = f"{place.path}.{name}" if place.path else name
            else:
                path = f"{place.path}[{name}]"
            yield from _places(_Place(path, inner, below, before.get(name, msgspec.UNSET)))
    elif isinstance(value, list) and type_.element is not None:
        had = _by_key(type_, place.before)
        for number, below in enumerate(value):
            old = had.get(_key(type_, below), msgspec.UNSET)
            yield from _places(_Place(f"{place.path}[{number}]", type_.element, below, old))


def _by_key(type_: Type, items: Any) -> dict[bytes, Any]:
    """Return items by their keys; only those of a list that is a map are the same over time."""
    if not type_.keys or not isinstance(items, list):
        return {}
    return {_key(type_, item): item for item in items}


def _key(type_: Type, item: Any) -> bytes:
    if not isinstance(item, dict):
        return b""
    return msgspec.json.encode([item.get(key) for key in type_.keys])


def _judge(rule: Mapping[str, Any], place: _Place) -> Iterator[Cause]:
    expression = rule["rule"]
    variables = {"self": _spoken(place.value, place.type)}
    if _OLD.search(expression):
        if rule.get("optionalOldSelf"):
            return  # the library takes no optional values from outside
        if place.before is msgspec.UNSET:
            return
        variables["oldSelf"] = _spoken(place.before, place.type)
    program = cel.program(expression)
    if program.error:
        return  # kept from a time when rules were not read
    outcome = program.run(variables)
    if outcome.error:
        if not _mentions_time(place.type):
            yield _cause(rule, place, f"{outcome.error} evaluating rule: {_message(rule, {})}")
    elif outcome.value is not True:
        yield _cause(rule, place, _message(rule, variables))


def _message(rule: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    expression = rule.get("messageExpression")
    if expression and variables:
        program = cel.program(expression)
        outcome = cel.Outcome() if program.error else program.run(variables)
        if isinstance(outcome.value, str) and outcome.value.strip():
            return outcome.value.strip()
    text: str = rule.get("message") or ""
    return text.strip() or f"failed rule: {rule['rule'].strip()}"


def _cause(rule: Mapping[str, Any], place: _Place, message: str) -> Cause:
    field = f"{place.path}{rule.get('fieldPath', '')}".removeprefix(".")
    words = {
        Fault.FORBIDDEN: "Forbidden",
        Fault.REQUIRED: "Required value",
        Fault.DUPLICATE: "Duplicate value",
    }
    reason = rule.get("reason") or Fault.INVALID
    return Cause(reason, f"{words.get(reason, 'Invalid value')}: {message}", field)


def _spoken(value: Any, type_: Type) -> Any:
    """Return a value as expressions see it: declared fields by speakable names, numbers alike."""
    if isinstance(value, dict) and type_.shape is Shape.OBJECT:
        return {
            _speakable(name): _spoken(below, type_.fields[name])
            for name, below in value.items()
            if name in type_.fields
        }
    if isinstance(value, dict):
        element = type_.element or type_
        return {name: _spoken(below, element) for name, below in value.items()}
    if isinstance(value, list):
        element = type_.element or type_
        return [_spoken(below, element) for below in value]
    if type_.shape is Shape.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _speakable(name: str) -> str:
    if name in _KEYWORDS:
        return f"__{name}__"
    return (
        name.replace("__", "__underscores__")
        .replace(".", "__dot__")
        .replace("-", "__dash__")
        .replace("/", "__slash__")
    )


def _mentions_time(type_: Type) -> bool:
    if type_.format in _UNSPEAKABLE:
        return True
    if type_.element is not None and _mentions_time(type_.element):
        return True
    return any(_mentions_time(field) for field in type_.fields.values() if not field.built_in)
