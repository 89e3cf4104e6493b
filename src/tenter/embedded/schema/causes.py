"""One field at fault and why, in Kubernetes' own form.

A cause is what ``status.details.causes`` holds. Its ``message`` starts with the fault's kind
(``Invalid value``, ``Required value``, ``Forbidden`` ...), as clients match on that; the whole
sentence of a Status is ``field: message``. It must not know of HTTP: the server chooses the code.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec


class Fault(enum.StrEnum):
    """The machine-readable reason of a cause."""

    INVALID = "FieldValueInvalid"
    REQUIRED = "FieldValueRequired"
    DUPLICATE = "FieldValueDuplicate"
    FORBIDDEN = "FieldValueForbidden"
    NOT_SUPPORTED = "FieldValueNotSupported"
    TOO_LONG = "FieldValueTooLong"
    TOO_MANY = "FieldValueTooMany"
    TYPE_INVALID = "FieldValueTypeInvalid"
    NOT_FOUND = "FieldValueNotFound"
    MANAGER_CONFLICT = "FieldManagerConflict"


class Cause(msgspec.Struct, frozen=True):
    """A field's path (``spec.containers[0].name``), why it is refused, and for people, how."""

    reason: str
    message: str
    field: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"

    @property
    def as_dict(self) -> dict[str, str]:
        """The entry of ``status.details.causes``."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


def summary(causes: Sequence[Cause]) -> str:
    """Return ``causes`` as the end of an Invalid message: one plain, several in brackets."""
    texts = list(dict.fromkeys(str(cause) for cause in causes))
    return texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"


def written(value: Any) -> str:
    """Return ``value`` as it stands in a message: texts quoted, all else as JSON."""
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return msgspec.json.encode(value).decode()


def invalid(field: str, value: Any, why: str) -> Cause:
    """Return the cause for a value that breaks a rule."""
    return Cause(Fault.INVALID, f"Invalid value: {written(value)}: {why}", field)


def required(field: str, why: str = "") -> Cause:
    """Return the cause for a value that must be there."""
    return Cause(Fault.REQUIRED, f"Required value: {why}" if why else "Required value", field)


def duplicate(field: str, value: Any) -> Cause:
    """Return the cause for a value that stands twice where it may once."""
    return Cause(Fault.DUPLICATE, f"Duplicate value: {written(value)}", field)


def forbidden(field: str, why: str) -> Cause:
    """Return the cause for a value that may not be there, or may not change."""
    return Cause(Fault.FORBIDDEN, f"Forbidden: {why}", field)


def not_supported(field: str, value: Any, allowed: Iterable[str]) -> Cause:
    """Return the cause for a value outside its closed set; ``allowed`` is shown sorted."""
    choices = ", ".join(written(choice) for choice in sorted(allowed))
    return Cause(
        Fault.NOT_SUPPORTED,
        f"Unsupported value: {written(value)}: supported values: {choices}",
        field,
    )


def too_long(field: str, limit: int) -> Cause:
    """Return the cause for a text of more than ``limit`` bytes."""
    return Cause(Fault.TOO_LONG, f"Too long: may not be more than {limit} bytes", field)
