"""A table's column definitions, and an object as a row of it."""

from __future__ import annotations

from typing import Any

from tenter.embedded.json_paths import read_path
from tenter.embedded.resources import Column, ResourceType
from tenter.embedded.tables.ages import UNKNOWN, age
from tenter.embedded.tables.columns import PLAIN, TABLES
from tenter.manifests.keys import Manifest

_AGE = Column("Age", "date", ".metadata.creationTimestamp")
"""What a custom resource shows whose CRD has no columns."""


def columns_of(resource: ResourceType) -> list[dict[str, Any]]:
    """Return a table's ``columnDefinitions``."""
    if resource.custom:
        return [
            _definition("Name", "string", "name", 0, ""),
            *(
                _definition(
                    column.name, column.type, column.format, column.priority, column.description
                )
                for column in resource.columns or (_AGE,)
            ),
        ]
    return [
        _definition(column.heading, column.type, column.format, int(column.wide), "")
        for column in TABLES.get(resource.name, PLAIN)
    ]


def _definition(
    name: str, type_: str, format_: str, priority: int, description: str
) -> dict[str, Any]:
    return {
        "name": name,
        "type": type_,
        "format": format_,
        "description": description or name,
        "priority": priority,
    }


def row_of(resource: ResourceType, manifest: Manifest, now: float) -> list[Any]:
    """Return an object's cells, in the order of :func:`columns_of`."""
    if resource.custom:
        columns = resource.columns or (_AGE,)
        name = manifest["metadata"]["name"]
        return [name, *(_custom_cell(column, manifest, now) for column in columns)]
    return [column.cell(manifest, now) for column in TABLES.get(resource.name, PLAIN)]


def _custom_cell(column: Column, manifest: Manifest, now: float) -> Any:
    found = read_path(manifest, column.path)
    if not found:
        return None
    value = found[0]
    if column.type == "date":
        return age(value, now) if isinstance(value, str) else UNKNOWN
    if column.type == "string" and not isinstance(value, str):
        return ",".join(map(str, found)) if isinstance(value, int | float) else str(value)
    return value
