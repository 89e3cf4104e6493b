"""The type of a Kubernetes field: what it may hold and how it merges.

Types come from data: built-in kinds from the generated file (``kinds``), custom ones from their CRD
(``custom``). One node describes one place; nodes are shared by name and may be recursive. They must
not know what any kind means; that is ``defaults`` and ``validation``.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec


class Shape(enum.Enum):
    """What a place holds."""

    OBJECT = "object"
    """A mapping with declared fields."""
    MAP = "map"
    """A mapping whose keys are free and whose values share one type."""
    LIST = "list"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INT_OR_STRING = "int-or-string"
    QUANTITY = "quantity"
    ANY = "any"
    """Anything: read off the value. A mapping in it merges key by key, a list as one value."""


_ZEROS: dict[Shape, Any] = {
    Shape.STRING: "",
    Shape.INTEGER: 0,
    Shape.NUMBER: 0,
    Shape.BOOLEAN: False,
}


class Empty(enum.Enum):
    """What becomes of a field of a built-in kind that holds nothing: 0, false or an empty text.

    Kubernetes' kinds are Go structs, so that it depends on how the field is declared there.
    """

    KEPT = "kept"
    """It differs from a field that is not there."""
    DROPPED = "dropped"
    """It is left out."""
    WRITTEN = "written"
    """It is written even where nobody gave it."""


class Type:
    """One place in an object.

    ``name`` is the definition's (``core.v1.PodSpec``), empty for a place without one. ``fields``
    are an object's; ``element`` is the type of a map's or list's values. ``atomic`` mappings and
    lists merge as one value; a list with ``keys`` is a map by those fields, one with ``unique`` a
    set. ``merge_key`` and ``strategies`` are strategic merge patch's. ``open`` objects keep
    undeclared fields. ``embedded`` marks a whole Kubernetes object within another. ``by_value``
    says that a mapping or list stands in every object of its kind, even empty, which shows in
    ownership; ``empty`` says it of a scalar.
    ``checks`` are the validations of a custom resource's schema, as written there, and
    ``description`` is what it says of the place. ``default`` is
    ``msgspec.UNSET`` where there is none. ``format`` is OpenAPI's (``int32``, ``byte``,
    ``date-time``). ``filling`` and ``judge`` are where ``defaults`` and ``rules.structure`` keep
    what they worked out for this node.
    """

    __slots__ = (
        "atomic",
        "built_in",
        "by_value",
        "checks",
        "default",
        "description",
        "element",
        "embedded",
        "empty",
        "fields",
        "filling",
        "format",
        "judge",
        "keys",
        "merge_key",
        "name",
        "nullable",
        "open",
        "required",
        "shape",
        "strategies",
        "unique",
    )

    def __init__(self, shape: Shape, name: str = "", *, built_in: bool = False) -> None:
        self.shape = shape
        self.name = name
        self.fields: dict[str, Type] = {}
        self.element: Type | None = None
        self.atomic = False
        self.keys: tuple[str, ...] = ()
        self.unique = False
        self.merge_key = ""
        self.strategies: tuple[str, ...] = ()
        self.required: tuple[str, ...] = ()
        self.open = False
        self.embedded = False
        self.by_value = False
        self.empty = Empty.KEPT
        self.nullable = False
        self.built_in = built_in
        self.format = ""
        self.description = ""
        self.default: Any = msgspec.UNSET
        self.filling: Any = msgspec.UNSET
        self.judge: Any = msgspec.UNSET
        self.checks: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Type {self.name or self.shape.value}>"

    @property
    def standing(self) -> Any:
        """What stands in an object that does not state the field; ``msgspec.UNSET`` for nothing."""
        if self.by_value:
            return {} if self.shape is Shape.OBJECT else None
        return _ZEROS[self.shape] if self.empty is Empty.WRITTEN else msgspec.UNSET

    def variant(self) -> Type:
        """Return a node like this one, for a field that differs in how it merges."""
        twin = Type(self.shape, self.name)
        for slot in Type.__slots__:
            setattr(twin, slot, getattr(self, slot))
        return twin


class StructType(Type):
    """The type of a whole object, with the kind it belongs to.

    ``group`` is empty for the core group.
    """

    __slots__ = ("group", "kind", "version")

    def __init__(self, group: str, version: str, kind: str, *, built_in: bool = False) -> None:
        super().__init__(Shape.OBJECT, kind, built_in=built_in)
        self.group = group
        self.version = version
        self.kind = kind

    @property
    def api_version(self) -> str:
        """``apps/v1``, ``v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version
