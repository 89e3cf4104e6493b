"""The type of a Kubernetes field: what it may hold and how it merges.

Types come from data: built-in kinds from the generated file, custom ones from their CRD
(``custom``). One node describes one place; nodes are shared by name and may be recursive, and they
are built when first asked for, so that loading all kinds costs next to nothing. They must not know
what any kind means; that is ``defaults`` and ``validation``.
"""

from __future__ import annotations

import enum
import gzip
import importlib.resources
from typing import Any, ClassVar

import msgspec

from tenter.manifests import Manifest


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
    """Anything: its content is not looked into, and merges as one value."""


class Type:
    """One place in an object.

    ``fields`` are an object's; ``element`` is the type of a map's or list's values. ``atomic``
    mappings and lists merge as one value; a list with ``keys`` is a map by those fields, one with
    ``unique`` a set. ``merge_key`` and ``strategies`` are strategic merge patch's. ``open`` objects
    keep undeclared fields. ``embedded`` marks a whole Kubernetes object. ``by_value`` says that the
    field stands in every object of its kind, even empty, which shows in ownership. ``checks`` are
    the validations of a custom resource's schema. ``default`` is ``msgspec.UNSET`` where there is
    none.
    """

    __slots__ = (
        "atomic",
        "built_in",
        "by_value",
        "checks",
        "default",
        "element",
        "embedded",
        "fields",
        "format",
        "has_defaults",
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

    def __init__(self, shape: Shape, name: str = "") -> None:
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
        self.nullable = False
        self.built_in = False
        self.format = ""
        self.default: Any = msgspec.UNSET
        self.has_defaults = False
        self.checks: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Type {self.name or self.shape.value}>"


class StructType(Type):
    """The type of a whole object, with the kind it belongs to.

    ``group`` is empty for the core group.
    """

    __slots__ = ("group", "kind", "version")

    def __init__(self, group: str, version: str, kind: str) -> None:
        super().__init__(Shape.OBJECT, kind)
        self.group = group
        self.version = version
        self.kind = kind

    @property
    def api_version(self) -> str:
        """``apps/v1``, ``v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version


class Types:
    """The types of the built-in kinds.

    ``version`` is the Kubernetes version they were generated from, such as ``1.37.0``.
    """

    _loaded: ClassVar[Types | None] = None

    def __init__(self, data: dict[str, Any]) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls) -> Types:
        """Return the types of the packaged data, read once."""
        raise NotImplementedError

    def of(self, group: str, version: str, kind: str) -> StructType | None:
        """Return the type of a built-in kind, None where it is not one; ``group`` "" is core."""
        raise NotImplementedError

    def kinds(self) -> list[tuple[str, str, str]]:
        """Return every built-in (group, version, kind), sorted."""
        raise NotImplementedError

    def from_crd(
        self, schema: Manifest | None, *, group: str, version: str, kind: str
    ) -> StructType:
        """Return the type of a custom kind from its version's ``openAPIV3Schema``.

        ``schema`` None means that everything is kept (``preserveUnknownFields``).
        """
        raise NotImplementedError
