"""What the API server fills in where a manifest is silent."""

from __future__ import annotations

from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest


def default(obj: Manifest, type_: StructType) -> Manifest:
    """Return ``obj`` with its defaults filled in.

    ``obj`` itself is not changed; parts without new defaults are shared. A Secret's ``stringData``
    moves into ``data``. The selector and labels of a new Job come from its uid, so the server
    gives ``metadata.uid`` first.
    """
    raise NotImplementedError
