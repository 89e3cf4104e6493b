"""What a write of the status changes, so that nothing is written when nothing changed."""

from __future__ import annotations

from typing import Any

from tenter.argoproj.shape import plain
from tenter.argoproj.status import ApplicationStatus
from tenter.manifests import Manifest


def merge_patch(before: Any, after: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) from ``before`` to ``after``; empty if they agree.

    A null is taken for an absent field: such a patch cannot write one, and must not try for ever.
    """
    if not isinstance(before, dict):
        return _without_nulls(after)
    changes: dict[str, Any] = {
        name: None for name in before if before[name] is not None and after.get(name) is None
    }
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            inner = merge_patch(old, value)
            if inner:
                changes[name] = inner
        elif value is not None and value != old:
            changes[name] = _without_nulls(value) if isinstance(value, dict) else value
    return changes


def status_patch(manifest: Manifest, status: ApplicationStatus) -> dict[str, Any]:
    """Return the merge patch that makes the Application's ``status`` this one; empty if it is."""
    changes = merge_patch(manifest.get("status") or {}, plain(status))
    return {"status": changes} if changes else {}


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(item) if isinstance(item, dict) else item
        for name, item in value.items()
        if item is not None
    }
