"""Which fields of an object its type does not declare, and the object without them."""

from __future__ import annotations

from tenter.embedded.schema.types import Type
from tenter.manifests import Manifest


def unknown_fields(obj: Manifest, type_: Type) -> list[str]:
    """Return the paths that ``type_`` does not declare, in the object's order.

    Paths read as ``spec.template.spec.containers[0].foo``. They are the
    ``unknown field "..."`` of field validation.
    """
    raise NotImplementedError


def prune(obj: Manifest, type_: Type) -> Manifest:
    """Return ``obj`` as the server stores it: without undeclared fields, nulls and empty rests.

    Built-in kinds lose empty maps and lists too, as they do when Kubernetes decodes them. Parts
    that need no change are shared with ``obj``, which is left as it is; an object that needs none
    is returned itself.
    """
    raise NotImplementedError
