"""Strategic merge patch: a partial object whose lists merge by their keys."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema import Type
from tenter.manifests import Manifest


def apply(obj: Manifest, patch: Any, type_: Type) -> Manifest:
    """Return ``obj`` with ``patch`` merged in by the patch strategies of ``type_``.

    Neither is changed. Understands ``$patch: replace | delete | merge``, ``$deleteFromPrimitiveList``,
    ``$setElementOrder`` and ``$retainKeys``. Raises ``PatchError`` for a malformed patch.
    """
    raise NotImplementedError
