"""Reading fields of live objects that may have any shape.

An object comes from a cluster, a file or a test: a controller may have written a string where the
schema has a list, and a check that raises would stop a sync for it. So nothing here raises: what
is missing or of another type reads as empty.
"""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest


def value_at(obj: Any, *path: str) -> Any:
    """Return what stands at ``path`` below ``obj``, or None."""
    for name in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(name)
    return obj


def mapping_at(obj: Any, *path: str) -> dict[str, Any]:
    """Return the mapping at ``path``; empty where there is none."""
    value = value_at(obj, *path)
    return value if isinstance(value, dict) else {}


def items_at(obj: Any, *path: str) -> list[dict[str, Any]]:
    """Return the mappings in the list at ``path``; anything else in it is passed over."""
    value = value_at(obj, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_at(obj: Any, *path: str) -> str:
    """Return the string at ``path``; empty where there is none."""
    value = value_at(obj, *path)
    return value if isinstance(value, str) else ""


def integer_at(obj: Any, *path: str) -> int | None:
    """Return the integer at ``path``, or None. ``true`` is no integer in JSON."""
    value = value_at(obj, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def count_at(obj: Any, *path: str) -> int:
    """Return the integer at ``path``; 0 where there is none, as Kubernetes omits zero counts."""
    return integer_at(obj, *path) or 0


def conditions_of(obj: Manifest) -> dict[str, dict[str, Any]]:
    """Return ``status.conditions`` by type, in the order they stand."""
    return {
        kind: condition
        for condition in items_at(obj, "status", "conditions")
        if (kind := text_at(condition, "type"))
    }


def is_true(condition: dict[str, Any] | None) -> bool:
    """Tell whether a condition is there and ``True``."""
    return condition is not None and condition.get("status") == "True"


def is_false(condition: dict[str, Any] | None) -> bool:
    """Tell whether a condition is there and ``False``; ``Unknown`` is neither."""
    return condition is not None and condition.get("status") == "False"


def behind(obj: Manifest) -> bool:
    """Tell whether the object's controller has not yet seen its current ``spec``.

    That is so where ``status.observedGeneration`` is an integer smaller than
    ``metadata.generation`` (Kubernetes API conventions, "Typical status properties").
    """
    observed = integer_at(obj, "status", "observedGeneration")
    generation = integer_at(obj, "metadata", "generation")
    return observed is not None and generation is not None and observed < generation
