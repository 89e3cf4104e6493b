"""Reads from Kubernetes' Go types how a field is written that holds nothing.

OpenAPI does not tell it: a text of Go's pointer type is kept when it is empty, one by value is left
out or stands there as ``""``, by its tag. It shows in every answer and in who owns what.
"""

from __future__ import annotations

import enum
import pathlib
import re

_SCALARS = {"bool", "float64", "int", "int16", "int32", "int64", "string", "uint8", "uint16"}
_FIELD = re.compile(r'^\t(?:(\w+)\s+)?([\w.*\[\]]+)\s+`.*json:"([^"]*)"')
_TYPE = re.compile(r"^type (\w+) (=\s*)?(struct \{|[\w.*\[\]]+)")
_IMPORT = re.compile(r'^(?:import )?\s*(\w+)?\s*"(k8s\.io/[^"]+)"')
_STRUCTS_IN_ALL = {"resource.Quantity", "runtime.RawExtension"}


class Empty(enum.Enum):
    """What becomes of a field that holds nothing."""

    KEPT = "kept"
    """Go's pointer: what is not there differs from what is empty."""
    DROPPED = "dropped"
    WRITTEN = "written"


class GoTypes:
    """The Go structs of some packages, by the name that OpenAPI has for them (``core.v1.Pod``)."""

    def __init__(self, packages: dict[str, pathlib.Path]) -> None:
        self._types: dict[str, str] = {}
        self._fields: dict[str, list[tuple[str, str, str]]] = {}
        for name, folder in packages.items():
            for path in sorted(folder.glob("types*.go")):
                self._read(name, path, packages)

    def _read(self, package: str, path: pathlib.Path, packages: dict[str, pathlib.Path]) -> None:
        current = ""
        names: dict[str, str] = {}
        for line in path.read_text().splitlines():
            if found := _IMPORT.match(line):
                whole = found[2].rpartition("k8s.io/")[2]
                alias = found[1] or whole.rpartition("/")[2]
                known = [n for n in packages if whole.endswith("/" + n.replace(".", "/"))]
                names[alias] = known[0] if known else alias
            elif found := _TYPE.match(line):
                current = f"{package}.{found[1]}"
                self._types[current] = found[3].removesuffix(" {")
                self._fields.setdefault(current, [])
            elif line == "}":
                current = ""
            elif current and (found := _FIELD.match(line)):
                self._fields[current].append((_resolved(found[2], package, names), *_tag(found)))

    def fields(self, definition: str) -> dict[str, tuple[Empty, bool]]:
        """Return by JSON name what happens when empty, and whether it is a struct by value."""
        result = {}
        for type_, name, options in self._fields.get(definition, ()):
            if "inline" in options:
                result.update(self.fields(type_))
            else:
                result[name] = self._judged(type_, options)
        return result

    def _judged(self, type_: str, options: str) -> tuple[Empty, bool]:
        optional = "omitempty" in options
        written = Empty.DROPPED if optional else Empty.WRITTEN
        while type_ in self._types and self._types[type_] != "struct":
            type_ = self._types[type_]
        if type_.startswith("*"):
            return Empty.KEPT, False
        if type_.startswith(("[]", "map[")) or type_ in _SCALARS:
            return written, False
        if type_.startswith("types."):
            return written, False
        if "omitzero" in options:
            return Empty.DROPPED, False
        return Empty.WRITTEN, True


def _tag(found: re.Match[str]) -> tuple[str, str]:
    name, _, options = found[3].partition(",")
    return name, options


def _resolved(type_: str, package: str, names: dict[str, str]) -> str:
    """Return a Go type with its package's full name."""
    head = re.match(r"^[\[\]*]*", type_)
    prefix = head[0] if head else ""
    rest = type_.removeprefix(prefix)
    if prefix or rest.startswith("map["):
        return type_
    if "." in rest:
        alias, _, name = rest.partition(".")
        return f"{names.get(alias, alias)}.{name}"
    return rest if rest in _SCALARS else f"{package}.{rest}"
