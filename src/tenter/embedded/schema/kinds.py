"""The types of the built-in kinds, from the generated data file.

``tools/generate_schema.py`` makes the file and tells its form. Nodes are built when first asked
for, so that loading all kinds costs next to nothing.
"""

from __future__ import annotations

import gzip
import importlib.resources
from typing import Any, ClassVar

import msgspec

from tenter.embedded.schema.custom import from_crd
from tenter.embedded.schema.types import Empty, Shape, StructType, Type
from tenter.manifests import Manifest

_SCALARS = {
    "s": (Shape.STRING, ""),
    "B": (Shape.STRING, "byte"),
    "t": (Shape.STRING, "date-time"),
    "mt": (Shape.STRING, "date-time"),
    "i32": (Shape.INTEGER, "int32"),
    "i64": (Shape.INTEGER, "int64"),
    "n": (Shape.NUMBER, "double"),
    "b": (Shape.BOOLEAN, ""),
    "is": (Shape.INT_OR_STRING, "int-or-string"),
    "q": (Shape.QUANTITY, "quantity"),
    "any": (Shape.ANY, ""),
}
_EMPTY = {"": Empty.KEPT, "?": Empty.DROPPED, "!": Empty.WRITTEN}


class Types:
    """The types of the built-in kinds.

    ``version`` is the Kubernetes version they were generated from, such as ``1.37.0``.
    """

    _loaded: ClassVar[Types | None] = None

    def __init__(self, data: dict[str, Any]) -> None:
        self.version: str = data["version"]
        self._kinds: dict[str, str] = data["kinds"]
        self._definitions: dict[str, Any] = data["definitions"]
        self._nodes: dict[str, Type] = {}
        self._structs: dict[tuple[str, str, str], StructType] = {}
        for code, (shape, form) in _SCALARS.items():
            for mark, empty in _EMPTY.items():
                node = self._nodes[code + mark] = Type(shape, built_in=True)
                node.format = form
                node.empty = empty
                # What no built-in type describes is owned as one value.
                node.atomic = shape is Shape.ANY

    @classmethod
    def load(cls) -> Types:
        """Return the types of the packaged data, read once."""
        if cls._loaded is None:
            packed = (importlib.resources.files(__package__) / "kinds.json.gz").read_bytes()
            cls._loaded = cls(msgspec.json.decode(gzip.decompress(packed)))
        return cls._loaded

    def of(self, group: str, version: str, kind: str) -> StructType | None:
        """Return the type of a built-in kind, None where it is not one; ``group`` "" is core."""
        key = (group, version, kind)
        if key not in self._structs:
            name = self._kinds.get(f"{group}/{version}/{kind}")
            if name is None:
                return None
            struct = StructType(group, version, kind, built_in=True)
            self._fill(struct, name)
            self._structs[key] = struct
        return self._structs[key]

    def kinds(self) -> list[tuple[str, str, str]]:
        """Return every built-in (group, version, kind), sorted."""
        found = []
        for text in self._kinds:
            group, version, kind = text.split("/")
            found.append((group, version, kind))
        return sorted(found)

    def from_crd(
        self, schema: Manifest | None, *, group: str, version: str, kind: str
    ) -> StructType:
        """Return the type of a custom kind from its version's ``openAPIV3Schema``.

        ``schema`` None means that everything is kept (``preserveUnknownFields``).
        """
        metadata = self.definition("meta.v1.ObjectMeta")
        return from_crd(schema, group=group, version=version, kind=kind, metadata=metadata)

    def definition(self, name: str) -> Type:
        """Return the node of a definition such as ``meta.v1.ObjectMeta``; KeyError if unknown."""
        node = self._nodes.get(name)
        if node is None:
            # Known before it is filled: definitions refer to themselves.
            node = self._nodes[name] = Type(Shape.OBJECT, built_in=True)
            self._fill(node, name)
        return node

    def _fill(self, node: Type, name: str) -> None:
        data = self._definitions[name]
        node.name = name
        node.required = tuple(data.get("r", ()))
        node.atomic = "a" in data
        # In place: a variant of this very node, made while it is filled, shares the mapping.
        node.fields.update((field, self._place(code)) for field, code in data["f"].items())

    def _place(self, code: Any) -> Type:
        if isinstance(code, str):
            return self.definition(code[1:]) if code[0] == "@" else self._nodes[code]
        if "p" in code:
            node = self._place(code["p"]).variant()
            node.merge_key = code.get("mk", "")
            node.strategies = tuple(code.get("ps", ()))
            node.by_value = "v" in code
            if "g" in code:
                node.atomic = False
            if "d" in code:
                node.default = code["d"]
            return node
        node = Type(Shape.LIST if code["t"] == "l" else Shape.MAP, built_in=True)
        node.element = self._place(code["e"])
        node.atomic = "a" in code
        node.unique = "u" in code
        node.keys = tuple(code.get("k", ()))
        return node
