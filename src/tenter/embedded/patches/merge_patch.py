"""JSON merge patch: a partial object, where null removes (RFC 7386)."""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest


def apply(obj: Manifest, patch: Any) -> Manifest:
    """Return ``obj`` with ``patch`` merged in; neither is changed, and unchanged parts are shared.

    Raises ``PatchError`` where ``patch`` is not a mapping.
    """
    raise NotImplementedError
