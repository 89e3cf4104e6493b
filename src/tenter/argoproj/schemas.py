"""The structural schema of a shape, for the CustomResourceDefinition that serves it. Pure.

Made from the shapes themselves, so that what a cluster keeps and what Tenter reads cannot drift
apart. A shape's docstring is what ``kubectl explain`` tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import inspect

Schema: TypeAlias = dict[str, Any]

FREE_FORM: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
"""An object of which everything is kept."""

_TIMES = frozenset(
    {
        "deployStartedAt",
        "deployedAt",
        "finishedAt",
        "lastTransitionTime",
        "observedAt",
        "reconciledAt",
        "startedAt",
    }
)


def schema_of(
    shape: type[msgspec.Struct], required: Mapping[type, tuple[str, ...]] | None = None
) -> Schema:
    """Return the schema of ``shape``.

    ``required`` names fields that the API server asks for though the shape can do without.
    """
    return _Writer(required or {}).struct(inspect.type_info(shape))


class _Writer:
    def __init__(self, required: Mapping[type, tuple[str, ...]]) -> None:
        self._required = required

    def struct(self, info: inspect.Type) -> Schema:
        if not isinstance(info, inspect.StructType):
            raise TypeError(f"{info} is no shape")
        schema: Schema = {"type": "object"}
        summary = (info.cls.__doc__ or "").split("\n\n")[0]
        if summary:
            schema["description"] = " ".join(summary.replace("``", "").split())
        schema["properties"] = {
            field.encode_name: self._field(field.encode_name, field.type) for field in info.fields
        }
        needed = [field.encode_name for field in info.fields if field.required]
        needed += self._required.get(info.cls, ())
        if needed:
            schema["required"] = sorted(needed)
        return schema

    def _field(self, name: str, info: inspect.Type) -> Schema:
        if name in _TIMES:
            return {"type": "string", "format": "date-time"}
        return self._type(info)

    def _type(self, info: inspect.Type) -> Schema:
        match info:
            case inspect.StructType():
                return self.struct(info)
            case inspect.StrType():
                return {"type": "string"}
            case inspect.BoolType():
                return {"type": "boolean"}
            case inspect.IntType():
                return {"type": "integer", "format": "int64"}
            case inspect.DictType(value_type=inspect.AnyType()):
                return FREE_FORM
            case inspect.DictType():
                return {"type": "object", "additionalProperties": self._type(info.value_type)}
            case inspect.VarTupleType():
                return {"type": "array", "items": self._type(info.item_type)}
            case inspect.AnyType():
                return FREE_FORM
            case inspect.UnionType():
                return self._union(info)
        raise TypeError(f"no schema is known for {info}")

    def _union(self, info: inspect.UnionType) -> Schema:
        types = [each for each in info.types if not isinstance(each, inspect.NoneType)]
        if len(types) == 1:
            return self._type(types[0])
        if {type(each) for each in types} == {inspect.IntType, inspect.StrType}:
            return {
                "anyOf": [{"type": "integer"}, {"type": "string"}],
                "x-kubernetes-int-or-string": True,
            }
        raise TypeError(f"no schema is known for {info}")
