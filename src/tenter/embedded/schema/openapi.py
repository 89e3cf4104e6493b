"""OpenAPI v3 documents made from the types, for kubectl's validation, apply and explain.

kubectl finds a kind by the paths it is served under, learns from the patch operation whether the
server validates fields and does dry runs, and from the schemas how lists merge. Descriptions are
not kept, so ``kubectl explain`` shows fields and types only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

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
_APPLY = "application/apply-patch+yaml"
_STRATEGIC = "application/strategic-merge-patch+json"
_PATCHES = ("application/json-patch+json", "application/merge-patch+json", _APPLY)


class Served(msgspec.Struct, frozen=True):
    """Under which name a kind is served, and whether in namespaces."""

    plural: str
    namespaced: bool


def document(
    group: str,
    version: str,
    types: Iterable[StructType],
    served: Mapping[str, Served] | None = None,
) -> Manifest:
    """Return the OpenAPI v3 document of one group version, served under ``/openapi/v3/...``.

    ``components.schemas`` holds every type that ``types`` reach. ``served`` says by kind where it
    is found; a kind that is not in it has a schema and no paths.
    """
    components = _Components()
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    paths: dict[str, Any] = {}
    for type_ in types:
        components.add(type_)
        if served and type_.kind in served:
            paths |= _paths(root, type_, served[type_.kind])
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": paths,
        "components": {"schemas": components.schemas},
    }


def _paths(root: str, type_: StructType, served: Served) -> dict[str, Any]:
    kind = {"group": type_.group, "kind": type_.kind, "version": type_.version}
    content = [*_PATCHES, _STRATEGIC] if type_.built_in else list(_PATCHES)
    scope = f"{root}/namespaces/{{namespace}}" if served.namespaced else root

    def operation(action: str) -> Schema:
        return {
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind,
        }

    writing = [_parameter("dryRun"), _parameter("fieldManager"), _parameter("fieldValidation")]
    body = {"content": {media: {"schema": {"type": "object"}} for media in content}}
    force = _parameter("force", "boolean")
    patch = {"parameters": [*writing, force], "requestBody": body, **operation("patch")}
    return {
        f"{scope}/{served.plural}": {
            "get": operation("list"),
            "post": {"parameters": writing, **operation("post")},
        },
        f"{scope}/{served.plural}/{{name}}": {
            "get": operation("get"),
            "put": {"parameters": writing, **operation("put")},
            "patch": patch,
            "delete": {"parameters": [_parameter("dryRun")], **operation("delete")},
        },
    }


def _parameter(name: str, kind: str = "string") -> Schema:
    return {"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": True}}


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
        if type_.fields:
            schema["properties"] = {name: self._of(sub) for name, sub in type_.fields.items()}
        if type_.required:
            schema["required"] = list(type_.required)
        if type_.atomic:
            schema["x-kubernetes-map-type"] = "atomic"
        if type_.open:
            schema["x-kubernetes-preserve-unknown-fields"] = True
        if type_.embedded:
            schema["x-kubernetes-embedded-resource"] = True
        return schema

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
                schema = dict(_SCALARS[type_.shape])
                if type_.format:
                    schema["format"] = type_.format
        if type_.default is not msgspec.UNSET:
            schema["default"] = type_.default
        if "enum" in type_.checks:
            schema["enum"] = type_.checks["enum"]
        return schema


def _name(definition: str) -> str:
    group = definition.partition(".")[0]
    return _PREFIXES.get(group, "io.k8s.api.") + definition
