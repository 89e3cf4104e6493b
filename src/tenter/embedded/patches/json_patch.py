"""JSON patch: a list of operations on paths (RFC 6902)."""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest


def apply(obj: Manifest, operations: Any) -> Manifest:
    """Return ``obj`` with ``operations`` done in order; ``obj`` itself is not changed.

    ``operations`` is the decoded patch. Raises ``PatchError``, after which nothing was done.
    """
    raise NotImplementedError
