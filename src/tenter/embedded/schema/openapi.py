"""OpenAPI v3 documents made from the types, for kubectl's apply and explain.

Clients learn from the schemas which fields there are and how lists merge. Descriptions are those
of custom kinds; the data of the built-in ones has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from tenter.embedded.schema.rules.structure import CHOICES
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

Schema: TypeAlias = dict[str, Any]

_PREFIXES = {
    "meta": "io.k8s.apimachinery.pkg.apis.",
    "apiextensions": "io.k8s.apiextensions-apiserver.pkg.apis.",
    "apiregistration": "io.k8s.kube-aggregator.pkg.apis.",
}
_SCALARS: dict[Shape, Schema] = {
    Shape.STRING: {"type": "string"},
    Shape.INTEGER: {"type": "integer"},
    Shape.NUMBER: {"type": "number"},
    Shape.BOOLEAN: {"type": "boolean"},
    Shape.INT_OR_STRING: {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    Shape.QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
    Shape.ANY: {"type": "object"},
}
_NAMED = {
    Shape.INT_OR_STRING: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    Shape.QUANTITY: "io.k8s.apimachinery.pkg.api.resource.Quantity",
}
"""Scalars of built-in kinds that have names of their own."""
_STATED = {("apps.v1.DeploymentStrategy", "type"): ("Recreate", "RollingUpdate")}
"""Closed sets that a rule of their kind holds them to, and so are not among ``CHOICES``."""
_FIELD_SETS = ("meta.v1.ManagedFieldsEntry", "fieldsV1")
_FIELDS_V1 = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"


def document(group: str, version: str, types: Iterable[StructType]) -> Manifest:
    """Return the OpenAPI v3 document of one group version, but for its paths.

    ``components.schemas`` holds every type that ``types`` reach. The paths are the server's to
    add: only it knows where it serves a kind.
    """
    components = _Components()
    for type_ in types:
        components.add(type_)
    title = f"{group}/{version}" if group else version
    return {
        "openapi": "3.0.0",
        "info": {"title": title, "version": "unversioned"},
        "paths": {},
        "components": {"schemas": components.schemas},
    }


class _Components:
    """The schemas of one document; named types are referred to, all others stand in place."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def add(self, type_: StructType) -> None:
        """Add a kind, and all it reaches."""
        if type_.built_in:
            name = _name(type_.name)
        else:
            name = ".".join([*reversed(type_.group.split(".")), type_.version, type_.kind])
        self.schemas[name] = {}
        self.schemas[name] = {
            **self._object(type_),
            "x-kubernetes-group-version-kind": [
                {"group": type_.group, "kind": type_.kind, "version": type_.version}
            ],
        }

    def _object(self, type_: Type) -> Schema:
        schema: Schema = {"type": "object"}
        if type_.description:
            schema["description"] = type_.description
        if type_.fields:
            schema["properties"] = {
                name: self._field(type_, name, sub) for name, sub in type_.fields.items()
            }
        if type_.required:
            schema["required"] = list(type_.required)
        if type_.atomic:
            schema["x-kubernetes-map-type"] = "atomic"
        if type_.open:
            schema["x-kubernetes-preserve-unknown-fields"] = True
        if type_.embedded:
            schema["x-kubernetes-embedded-resource"] = True
        return schema

    def _field(self, type_: Type, name: str, sub: Type) -> Schema:
        if (type_.name, name) == _FIELD_SETS:
            self.schemas.setdefault(_FIELDS_V1, {"type": "object"})
            return {"$ref": f"#/components/schemas/{_FIELDS_V1}"}
        # Kubernetes states no closed sets of the kinds that all groups share.
        stated = type_.built_in and not type_.name.startswith("meta.")
        place = (type_.name, name)
        choices = (CHOICES.get(place) or _STATED.get(place)) if stated else None
        return {**self._of(sub), "enum": sorted(choices)} if choices else self._of(sub)

    def _of(self, type_: Type) -> Schema:
        merging: Schema = {}
        if type_.merge_key:
            merging["x-kubernetes-patch-merge-key"] = type_.merge_key
        if type_.strategies:
            merging["x-kubernetes-patch-strategy"] = ",".join(type_.strategies)
        if type_.shape is Shape.OBJECT and type_.built_in:
            name = _name(type_.name)
            if name not in self.schemas:
                # Known before it is made: types may contain themselves.
                self.schemas[name] = {}
                self.schemas[name] = self._object(type_)
            reference = {"$ref": f"#/components/schemas/{name}"}
            return {"allOf": [reference], **merging} if merging else reference
        return {**self._plain(type_), **merging}

    def _plain(self, type_: Type) -> Schema:
        match type_.shape:
            case Shape.OBJECT:
                schema = self._object(type_)
            case Shape.LIST:
                schema = {"type": "array", "items": self._of(type_.element or Type(Shape.ANY))}
                style = "map" if type_.keys else "set" if type_.unique else "atomic"
                schema["x-kubernetes-list-type"] = style
                if type_.keys:
                    schema["x-kubernetes-list-map-keys"] = list(type_.keys)
            case Shape.MAP:
                values = self._of(type_.element or Type(Shape.ANY))
                schema = {"type": "object", "additionalProperties": values}
                if type_.atomic:
                    schema["x-kubernetes-map-type"] = "atomic"
            case _:
                named = _NAMED.get(type_.shape) if type_.built_in else None
                if named is not None:
                    self.schemas.setdefault(named, {**_SCALARS[type_.shape]})
                    return {"allOf": [{"$ref": f"#/components/schemas/{named}"}]}
                schema = dict(_SCALARS[type_.shape])
                if type_.format:
                    schema["format"] = type_.format
        if type_.description:
            schema["description"] = type_.description
        if type_.default is not msgspec.UNSET:
            schema["default"] = type_.default
        if "enum" in type_.checks:
            schema["enum"] = type_.checks["enum"]
        return schema


def _name(definition: str) -> str:
    group = definition.partition(".")[0]
    return _PREFIXES.get(group, "io.k8s.api.") + definition
