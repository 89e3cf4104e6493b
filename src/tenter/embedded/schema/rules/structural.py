"""Whether the schema of a CustomResourceDefinition is structural.

A schema is structural when it says the type of everything it mentions. Source of the rules: the
Kubernetes documentation of structural schemas.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, not_supported, required

_ROOT, _ITEM, _FIELD = "at the root", "for specified array items", "for specified object fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_TYPES = frozenset(("array", "boolean", "integer", "number", "object", "string"))


def schema_causes(schema: dict[str, Any], path: str) -> list[Cause]:
    """Return what keeps the ``openAPIV3Schema`` at ``path`` from being structural."""
    causes: list[Cause] = []
    _judge(schema, path, _ROOT, causes)
    return causes


def _judge(schema: dict[str, Any], path: str, level: str, found: list[Cause]) -> None:
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        found.append(not_supported(f"{path}.type", kind, sorted(_TYPES)))
    if kind == "array" and schema.get("items") is None:
        found.append(required(f"{path}.items", "must be specified"))
    if isinstance(schema.get("items"), dict):
        _judge(schema["items"], f"{path}.items", _ITEM, found)
    properties = schema.get("properties") or {}
    for name, below in properties.items():
        _judge(below, f"{path}.properties[{name}]", _FIELD, found)
    _judge_additional(schema, path, level, found)
    _judge_type(schema, path, level, found)


def _judge_additional(schema: dict[str, Any], path: str, level: str, found: list[Cause]) -> None:
    additional = schema.get("additionalProperties")
    if additional is None:
        return
    where = f"{path}.additionalProperties"
    if level == _ROOT:
        found.append(forbidden(where, "must not be used at the root"))
    if schema.get("properties"):
        found.append(forbidden(where, "additionalProperties and properties are mutual exclusive"))
    if isinstance(additional, dict):
        _judge(additional, where, _FIELD, found)


def _judge_type(schema: dict[str, Any], path: str, level: str, found: list[Cause]) -> None:
    kind = schema.get("type") or ""
    where = f"{path}.type"
    free = schema.get("x-kubernetes-int-or-string") or schema.get(
        "x-kubernetes-preserve-unknown-fields"
    )
    if schema.get(_EMBEDDED) and kind != "object":
        why = f"must be object if {_EMBEDDED} is true"
        found.append(invalid(where, kind, why) if kind else required(where, why))
    elif not kind and not free:
        found.append(required(where, f"must not be empty {level}"))
    if level == _ROOT and kind and kind != "object":
        found.append(invalid(where, kind, "must be object at the root"))
