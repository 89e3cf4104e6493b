"""Whether an object may be stored: the rules of its kind, on creation and on change."""

from __future__ import annotations

from tenter.embedded.schema.causes import Cause
from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest


def validate(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return what is wrong with a defaulted ``obj``, in the order of its fields; empty if nothing.

    ``metadata.name`` must be given already (``generateName`` is the server's).
    """
    raise NotImplementedError


def validate_update(
    old: Manifest, new: Manifest, type_: StructType, *, subresource: str = ""
) -> list[Cause]:
    """Return what forbids to replace ``old`` by ``new``, both defaulted; empty if nothing does.

    Includes :func:`validate` of ``new``. With ``subresource`` ``status`` only metadata is judged.
    """
    raise NotImplementedError
