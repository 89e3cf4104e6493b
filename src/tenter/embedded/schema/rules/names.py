"""What names, labels and annotations may look like, and how Kubernetes says so.

Each function returns the reasons against a value, none for a good one. Source of the rules: RFC
1123, RFC 1035 and the Kubernetes documentation of names and labels; the texts are those clients
know.
"""

from __future__ import annotations

import functools
import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME_PART})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_PORT_NAME = re.compile("[-a-z0-9]+")


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _too_long(value: str, limit: int) -> list[str]:
    if len(value.encode()) <= limit:
        return []
    return [f"must be no more than {limit} bytes"]


def _used(pattern: str) -> str:
    return f"regex used for validation is '{pattern}'"


@functools.lru_cache(maxsize=8192)
def subdomain(value: str) -> tuple[str, ...]:
    """Judge a DNS-1123 subdomain: what most objects' names are."""
    reasons = _too_long(value, 253)
    if not _matches(_SUBDOMAIN, value):
        reasons.append(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
            " '-' or '.', and must start and end with an alphanumeric character"
            f" (e.g. 'example.com', {_used(_SUBDOMAIN)})"
        )
    return tuple(reasons)


@functools.lru_cache(maxsize=8192)
def label(value: str) -> tuple[str, ...]:
    """Judge a DNS-1123 label: the name of a namespace or container."""
    reasons = _too_long(value, 63)
    if not _matches(_LABEL, value):
        reasons.append(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
            " and must start and end with an alphanumeric character"
            f" (e.g. 'my-name',  or '123-abc', {_used(_LABEL)})"
        )
    return tuple(reasons)


def wildcard(value: str) -> tuple[str, ...]:
    """Judge a DNS-1123 subdomain whose first part is a star."""
    reasons = _too_long(value, 253)
    if not _matches(_WILDCARD, value):
        reasons.append(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain,"
            " which must consist of lower case alphanumeric characters, '-' or '.' and end with an"
            f" alphanumeric character (e.g. '*.example.com', {_used(_WILDCARD)})"
        )
    return tuple(reasons)


def label_1035(value: str) -> tuple[str, ...]:
    """Judge a DNS-1035 label: the name of a Service."""
    reasons = _too_long(value, 63)
    if not _matches(_LABEL_1035, value):
        reasons.append(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start"
            " with an alphabetic character, and end with an alphanumeric character"
            f" (e.g. 'my-name',  or 'abc-123', {_used(_LABEL_1035)})"
        )
    return tuple(reasons)


def path_segment(value: str) -> tuple[str, ...]:
    """Judge a name that need only be safe in a URL: those of roles and bindings."""
    if value in {".", ".."}:
        return (f"may not be '{value}'",)
    return tuple(f"may not contain '{sign}'" for sign in "/%" if sign in value)


@functools.lru_cache(maxsize=8192)
def qualified_name(value: str) -> tuple[str, ...]:
    """Judge the key of a label or annotation: a name with an optional DNS prefix."""
    reasons: list[str] = []
    prefix, slash, name = value.rpartition("/")
    if slash:
        if "/" in prefix:
            whole = (
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and"
                " must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',"
                f"  or '123-abc', {_used(_NAME_PART)}) with an optional DNS subdomain prefix and"
                " '/' (e.g. 'example.com/MyName')"
            )
            return (whole,)
        if not prefix:
            reasons.append("prefix part must be non-empty")
        else:
            reasons += [f"prefix part {reason}" for reason in subdomain(prefix)]
    if not name:
        reasons.append("name part must be non-empty")
    reasons += [f"name part {reason}" for reason in _too_long(name, 63)]
    if not _matches(_NAME_PART, name):
        reasons.append(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start"
            " and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc',"
            f" {_used(_NAME_PART)})"
        )
    return tuple(reasons)


@functools.lru_cache(maxsize=8192)
def label_value(value: str) -> tuple[str, ...]:
    """Judge the value of a label."""
    reasons = _too_long(value, 63)
    if not _matches(_VALUE, value):
        reasons.append(
            "a valid label must be an empty string or consist of alphanumeric characters, '-',"
            " '_' or '.', and must start and end with an alphanumeric character"
            f" (e.g. 'MyValue',  or 'my_value',  or '12345', {_used(_VALUE)})"
        )
    return tuple(reasons)


@functools.lru_cache(maxsize=8192)
def config_key(value: str) -> tuple[str, ...]:
    """Judge a key of a ConfigMap's or Secret's data."""
    reasons = _too_long(value, 253)
    if not _matches(_CONFIG_KEY, value):
        reasons.append(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
            f" (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', {_used(_CONFIG_KEY)})"
        )
    elif value in {".", ".."} or value.startswith(".."):
        reasons.append(f"must not be '{value}'" if len(value) < 3 else "must not start with '..'")
    return tuple(reasons)


def environment_name(value: str) -> tuple[str, ...]:
    """Judge the name of an environment variable: any printable ASCII but ``=``."""
    if value and all(" " <= sign <= "~" and sign != "=" for sign in value):
        return ()
    why = (
        "a valid environment variable name must consist only of printable ASCII characters other"
        " than '='"
    )
    return (why,)


def port_name(value: str) -> tuple[str, ...]:
    """Judge the name of a container's port."""
    reasons = []
    if len(value) > 15:
        reasons.append("must be no more than 15 characters")
    if not _PORT_NAME.fullmatch(value):
        reasons.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not any("a" <= sign <= "z" for sign in value):
        reasons.append("must contain at least one letter (a-z)")
    if "--" in value:
        reasons.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        reasons.append("must not begin or end with a hyphen")
    return tuple(reasons)
