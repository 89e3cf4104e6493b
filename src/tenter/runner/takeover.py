"""Takes over what kubectl or Argo CD applied, before Tenter's own first apply of an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.diff import TENTER, is_ours, predecessors_of, taken_over
from tenter.errors import Conflict, NotFound
from tenter.kube.building import PatchType
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Manifest

_TRIES = 3


async def take_over(
    client: Client, resource: Resource, target: Manifest, entries: Sequence[Any]
) -> None:
    """Make the fields that predecessors applied Tenter's own, where there are any.

    ``entries`` are the object's ``managedFields`` as last seen: they tell whether it is worth a
    look, and nothing is asked where it is not. Raises what the client raises.
    """
    predecessors = predecessors_of(target)
    if not any(is_ours(entry, predecessors) and not _is_own(entry) for entry in entries):
        return
    metadata = target["metadata"]
    namespace, name = metadata.get("namespace") or "", metadata["name"]
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            live = await client.get(resource, namespace, name)
        except NotFound:
            return
        fresh = taken_over(
            target, live, live["metadata"].get("managedFields") or (), predecessors=predecessors
        )
        if fresh is None:
            return
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": fresh},
            # Refused with a conflict where the object has changed since it was read.
            {
                "op": "replace",
                "path": "/metadata/resourceVersion",
                "value": live["metadata"]["resourceVersion"],
            },
        ]
        try:
            await client.patch(resource, namespace, name, patch, patch_type=PatchType.JSON)
        except Conflict:
            if not tries_left:
                raise
        else:
            return


def _is_own(entry: dict[str, Any]) -> bool:
    return entry.get("manager") == TENTER and entry.get("operation") == "Apply"
