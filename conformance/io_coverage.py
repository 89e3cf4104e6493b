"""Reads the coverage list: the kinds, fields and values that generated scripts are made of.

The list (``coverage.yaml``, which tells its own form) is a promise to readers, so it is data and
not code. How objects are made of it is ``covered_objects``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).parent / "coverage.yaml"


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What may stand at one place of an object; an empty one holds nothing that is covered."""

    good: list[Any] = []
    bad: list[Any] = []
    fields: dict[str, Place] = {}
    needs: list[str] = []
    each: Place | None = None
    upto: int = 2
    key: str = ""
    keys: list[str] = []
    bad_keys: list[str] = []


class CoveredKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind: where its objects are (``prefix``, ``resource``), and what they hold."""

    kind: str
    prefix: str
    resource: str
    content: Place

    @property
    def api_version(self) -> str:
        """``v1``, ``apps/v1``."""
        return self.prefix.partition("/")[2]

    @property
    def path(self) -> str:
        """The path of a script's objects of this kind."""
        return f"/{self.prefix}/namespaces/{{ns}}/{self.resource}"


def read_coverage() -> list[CoveredKind]:
    """Return the covered kinds in the list's order."""
    data = msgspec.yaml.decode(FILE.read_bytes())
    shapes: Mapping[str, Any] = data["shapes"]
    kinds = []
    for each in data["kinds"]:
        prefix, _, resource = each["path"].rpartition("/")
        fields = {"metadata": {"like": "metadata"}, **each["fields"]}
        content = _place({"fields": fields, "needs": each.get("needs", [])}, shapes)
        kinds.append(
            CoveredKind(kind=each["kind"], prefix=prefix, resource=resource, content=content)
        )
    return kinds


def _place(raw: Any, shapes: Mapping[str, Any]) -> Place:
    return msgspec.convert(_written_out(raw, shapes), Place)


def _written_out(raw: Any, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a place without shorthand: plain lists of values, and references to shapes."""
    if isinstance(raw, list):
        return {"good": raw}
    if "like" in raw:
        return _written_out(shapes[raw["like"]], shapes)
    full = dict(raw)
    if "fields" in raw:
        full["fields"] = {name: _written_out(e, shapes) for name, e in raw["fields"].items()}
    if "each" in raw:
        full["each"] = _written_out(raw["each"], shapes)
    return full
