"""The types of custom kinds, from the structural schema of their CustomResourceDefinition.

Source of the rules: the Kubernetes documentation of structural schemas. Expressions
(``x-kubernetes-validations``) are kept among the checks; ``expressions`` evaluates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

_SHAPES = {
    "string": Shape.STRING,
    "integer": Shape.INTEGER,
    "number": Shape.NUMBER,
    "boolean": Shape.BOOLEAN,
    "array": Shape.LIST,
}

_CHECKS = (
    "allOf",
    "anyOf",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "uniqueItems",
    "x-kubernetes-validations",
)


def from_crd(
    schema: Manifest | None, *, group: str, version: str, kind: str, metadata: Type
) -> StructType:
    """Return the type of a custom kind from its version's ``openAPIV3Schema``.

    ``schema`` None means that everything is kept. ``metadata`` is the type of that field.
    """
    struct = StructType(group, version, kind)
    _fill(struct, schema or {"x-kubernetes-preserve-unknown-fields": True}, metadata)
    struct.shape = Shape.OBJECT
    struct.nullable = False
    for field in ("apiVersion", "kind"):
        struct.fields[field] = Type(Shape.STRING)
    struct.fields["metadata"] = metadata
    return struct


def _type(schema: Mapping[str, Any], metadata: Type) -> Type:
    node = Type(Shape.ANY)
    _fill(node, schema, metadata)
    return node


def _fill(node: Type, schema: Mapping[str, Any], metadata: Type) -> None:
    node.nullable = bool(schema.get("nullable"))
    node.format = schema.get("format", "")
    node.description = schema.get("description", "")
    node.required = tuple(schema.get("required", ()))
    node.checks = {check: schema[check] for check in _CHECKS if check in schema}
    if "default" in schema:
        node.default = schema["default"]
    keeps = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    node.shape = _shape(schema)
    if node.shape is Shape.LIST:
        items = schema.get("items")
        node.element = _type(items, metadata) if isinstance(items, Mapping) else Type(Shape.ANY)
        style = schema.get("x-kubernetes-list-type", "atomic")
        node.keys = tuple(schema.get("x-kubernetes-list-map-keys", ())) if style == "map" else ()
        node.unique = style == "set"
        node.atomic = not node.keys and not node.unique
    elif node.shape is Shape.MAP:
        values = schema["additionalProperties"]
        node.element = _type(values, metadata) if isinstance(values, Mapping) else Type(Shape.ANY)
    elif node.shape is Shape.OBJECT:
        node.open = keeps
        node.fields = {
            name: _type(sub, metadata) for name, sub in (schema.get("properties") or {}).items()
        }
        if schema.get("x-kubernetes-embedded-resource"):
            node.embedded = True
            node.fields["apiVersion"] = node.fields["kind"] = Type(Shape.STRING)
            node.fields["metadata"] = metadata
    if schema.get("x-kubernetes-map-type") == "atomic":
        node.atomic = True


def _shape(schema: Mapping[str, Any]) -> Shape:
    """Return what a schema's place holds."""
    if schema.get("x-kubernetes-int-or-string"):
        return Shape.INT_OR_STRING
    kind = schema.get("type", "")
    if kind in _SHAPES:
        return _SHAPES[kind]
    if schema.get("additionalProperties") and not schema.get("properties"):
        return Shape.MAP
    if kind == "object" or "properties" in schema or schema.get("x-kubernetes-embedded-resource"):
        return Shape.OBJECT
    return Shape.ANY
