"""Which objects a list or watch means: label and field selectors, read and matched.

Source: the Kubernetes documentation, "Labels and Selectors" and "Field Selectors".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tenter.embedded.schema.rules import names
from tenter.embedded.statuses import Refusal, bad_request
from tenter.manifests.keys import Manifest

Test: TypeAlias = Callable[[Manifest], bool]
"""Whether an object is meant."""

_LABEL_PART = re.compile(
    r"""\s*(?:
      (?P<absent>!)\s*(?P<absent_key>[^\s=!<>(),]+)
    | (?P<key>[^\s=!<>(),]+)\s*
      (?:(?P<set>in|notin)\s*\((?P<values>[^()]*)\)
       | (?P<operator>==|=|!=|<|>)\s*(?P<value>[^\s=!<>(),]*))?
    )\s*(?:,|$)""",
    re.VERBOSE,
)


def label_test(text: str) -> Test | None:
    """Return the test of a label selector, None for one that means everything.

    Raises ``Refusal`` (400) for one that cannot be read.
    """
    if not text.strip():
        return None
    checks: list[Callable[[Mapping[str, str]], bool]] = []
    position = 0
    while position < len(text):
        found = _LABEL_PART.match(text, position)
        if found is None:
            raise _unreadable_labels(text, position)
        checks.append(_label_check(found, text))
        position = found.end()
    if text.rstrip().endswith(","):
        raise _unreadable_labels(text, len(text))

    def test(manifest: Manifest) -> bool:
        labels = manifest["metadata"].get("labels") or {}
        return all(check(labels) for check in checks)

    return test


def _label_check(found: re.Match[str], text: str) -> Callable[[Mapping[str, str]], bool]:
    _check_words(found, text)
    if found["absent"]:
        absent = found["absent_key"]
        return lambda labels: absent not in labels
    key = found["key"]
    if found["set"]:
        values = frozenset(value.strip() for value in found["values"].split(","))
        if found["set"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    value = found["value"]
    match found["operator"]:
        case None:
            return lambda labels: key in labels
        case "=" | "==":
            return lambda labels: labels.get(key) == value
        case "!=":
            return lambda labels: labels.get(key) != value
        case operator:
            return _numeric_check(key, operator, value, text)


def _check_words(found: re.Match[str], text: str) -> None:
    """Refuse a key or a value that no label could have."""
    key = found["absent_key"] or found["key"]
    faults = list(names.qualified_name(key))
    values = [found["value"] or ""] if found["values"] is None else found["values"].split(",")
    for value in values:
        faults += names.label_value(value.strip())
    if faults:
        raise bad_request(f"unable to parse requirement in {text!r}: {faults[0]}")


def _numeric_check(
    key: str, operator: str, value: str, text: str
) -> Callable[[Mapping[str, str]], bool]:
    try:
        bound = int(value)
    except ValueError:
        raise bad_request(
            f"unable to parse requirement in {text!r}: for 'Gt', 'Lt' operators, the value must be "
            "an integer"
        ) from None

    def check(labels: Mapping[str, str]) -> bool:
        try:
            number = int(labels[key])
        except (KeyError, ValueError):
            return False
        return number > bound if operator == ">" else number < bound

    return check


def _unreadable_labels(text: str, position: int) -> Refusal:
    return bad_request(
        f"unable to parse requirement: found '{text[position:]}', expected: a key, an operator "
        "and values"
    )


def field_test(text: str, fields: tuple[str, ...], *, plural: str) -> Test | None:
    """Return the test of a field selector, None for one that means everything.

    ``fields`` are those that the kind can be selected by beside ``metadata.name`` and
    ``metadata.namespace``. Raises ``Refusal`` (400) for others.
    """
    if not text.strip():
        return None
    allowed = ("metadata.name", "metadata.namespace", *fields)
    terms: list[tuple[str, bool, str]] = []
    for part in _split_fields(text):
        if not part.strip():
            continue
        path, wanted, value = _field_term(part)
        if path not in allowed:
            raise bad_request(
                f'Unable to find "{plural}" that match label selector "", field selector '
                f'"{text}": field label not supported: {path}'
            )
        terms.append((path, wanted, value))

    def test(manifest: Manifest) -> bool:
        return all((read_field(manifest, path) == value) is wanted for path, wanted, value in terms)

    return test


def exact_name(text: str) -> str | None:
    """Return the name that a field selector pins, so that a list need not look at all objects."""
    for part in _split_fields(text):
        path, equals, value = part.partition("=")
        if path.strip() == "metadata.name" and equals and "\\" not in value:
            return value.removeprefix("=").strip()
    return None


def _split_fields(text: str) -> list[str]:
    return re.split(r"(?<!\\),", text)


def _field_term(part: str) -> tuple[str, bool, str]:
    found = re.match(r"\s*([^=!\s]+)\s*(!=|==|=)\s*(.*?)\s*$", part)
    if found is None:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path, operator, value = found.groups()
    return path, operator != "!=", re.sub(r"\\([\\,=])", r"\1", value)


def read_field(manifest: Manifest, path: str) -> str:
    """Return the text of the field at ``path`` (``spec.nodeName``), empty where there is none."""
    if path == "source":  # an Event's, which old and new clients write in different places
        path = "reportingComponent" if manifest.get("reportingComponent") else "source.component"
    value: Any = manifest
    for step in path.split("."):
        if not isinstance(value, dict):
            return ""
        value = value.get(step)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        # A count that nobody wrote is nought, and a flag is off.
        return {"status.successful": "0", "status.replicas": "0"}.get(
            path, "false" if path in ("spec.unschedulable", "spec.hostNetwork") else ""
        )
    return str(value)
