"""A column of a table of one kind, and the columns that several kinds share."""

from __future__ import annotations

from dataclasses import dataclass

from tenter.embedded.tables.cells import Cell, each, field, selector, since


@dataclass(frozen=True)
class Printed:
    """A column: its heading, and what it shows of an object; ``wide`` only with ``-o wide``."""

    heading: str
    cell: Cell
    type: str = "string"
    wide: bool = False
    format: str = ""


NAME = Printed("Name", field("metadata.name"), format="name")
AGE = Printed("Age", since("metadata.creationTimestamp"))
CREATED_AT = Printed("Created At", field("metadata.creationTimestamp"), type="date")


def containers(pod_spec: str) -> tuple[Printed, Printed]:
    """Return the columns of the containers below the Pod spec at a path, and of their images."""
    path = f"{pod_spec}.containers"
    return (
        Printed("Containers", each(path, "name"), wide=True),
        Printed("Images", each(path, "image"), wide=True),
    )


def selecting(path: str) -> Printed:
    """Return the column of the label selector at ``path``."""
    return Printed("Selector", selector(path), wide=True)


def number(heading: str, path: str) -> Printed:
    """Return the column of the count at ``path``, 0 where there is none."""
    return Printed(heading, field(path, 0), type="integer")
