"""JSON merge patch: a partial object, where null removes (RFC 7386)."""

from __future__ import annotations

from typing import Any

from tenter.embedded.patches.errors import PatchError
from tenter.manifests import Manifest


def apply(obj: Manifest, patch: Any) -> Manifest:
    """Return ``obj`` with ``patch`` merged in; neither is changed, and unchanged parts are shared.

    Raises ``PatchError`` where ``patch`` is not a mapping.
    """
    if not isinstance(patch, dict):
        raise PatchError("a merge patch is an object", code=400)
    return _merge(obj, patch)


def _merge(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = _merge(merged.get(name), value)
        else:
            merged[name] = value
    return merged
