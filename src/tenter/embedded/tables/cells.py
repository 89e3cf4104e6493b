"""Cells that any kind may have: each function makes one that shows what stands at a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tenter.embedded.tables.ages import age
from tenter.manifests.keys import Manifest

Cell: TypeAlias = Callable[[Manifest, float], Any]
"""What a column shows of an object at a time (Unix seconds)."""

NONE = "<none>"
"""What is shown of a field that an object does not have."""


def field(path: str, missing: Any = NONE) -> Cell:
    """Show the value at ``path``, or ``missing`` where there is none."""
    steps = path.split(".")

    def cell(manifest: Manifest, _now: float) -> Any:
        value: Any = manifest
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return missing if value in (None, "") else value

    return cell


def since(path: str) -> Cell:
    """Show how long ago the time at ``path`` was."""
    read = field(path, None)
    return lambda manifest, now: age(read(manifest, now), now)


def count(path: str) -> Cell:
    """Show how many entries the list or object at ``path`` has."""
    read = field(path, ())
    return lambda manifest, now: len(read(manifest, now))


def joined(path: str) -> Cell:
    """Show the values of the list at ``path``."""
    read = field(path, ())
    return lambda manifest, now: ",".join(map(str, read(manifest, now))) or NONE


def labels(path: str) -> Cell:
    """Show the labels, or the selector, at ``path``."""
    read = field(path, {})

    def cell(manifest: Manifest, now: float) -> str:
        pairs = (f"{name}={value}" for name, value in sorted(read(manifest, now).items()))
        return ",".join(pairs) or NONE

    return cell


def ratio(path: str, total: str) -> Cell:
    """Show two numbers as ``1/3``: how many there are, and of how many."""
    ready, wanted = field(path, 0), field(total, 0)
    return lambda manifest, now: f"{ready(manifest, now)}/{wanted(manifest, now)}"


def each(path: str, name: str) -> Cell:
    """Show the field ``name`` of every object of the list at ``path``."""
    read = field(path, ())
    return lambda manifest, now: ",".join(c.get(name, "") for c in read(manifest, now))


def selector(path: str) -> Cell:
    """Show the label selector at ``path``, in the notation of ``kubectl get -l``."""
    read = field(path, {})

    def cell(manifest: Manifest, now: float) -> str:
        found = read(manifest, now)
        terms = [
            (name, f"{name}={value}") for name, value in (found.get("matchLabels") or {}).items()
        ]
        terms += [(term["key"], _expression(term)) for term in found.get("matchExpressions") or ()]
        return ",".join(term for _, term in sorted(terms)) or NONE

    return cell


def _expression(term: Manifest) -> str:
    key, values = term["key"], ",".join(sorted(term.get("values") or ()))
    match term.get("operator"):
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "DoesNotExist":
            return f"!{key}"
        case _:
            return str(key)
