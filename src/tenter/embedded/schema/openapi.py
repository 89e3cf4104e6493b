"""OpenAPI v3 documents made from the types, for kubectl's validation, apply and explain."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest


def document(group: str, version: str, types: Iterable[StructType]) -> Manifest:
    """Return the OpenAPI v3 document of one group version, served under ``/openapi/v3/...``.

    ``components.schemas`` holds every type that ``types`` reach.
    """
    raise NotImplementedError
