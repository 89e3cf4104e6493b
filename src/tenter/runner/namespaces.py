"""Makes the destination namespace, where the operation asks for it.

It is created bare of any tracking, so that it is never pruned. Its labels and annotations are
applied server-side, so that one dropped from ``managedNamespaceMetadata`` goes; a Namespace among
the application's own objects says better what it should look like, and wins.
"""

from __future__ import annotations

from collections.abc import Mapping

from tenter.errors import AlreadyExists, NotFound, StateError
from tenter.kube.client import Client
from tenter.manifests import Manifest

FIELD_MANAGER = "tenter-namespace"
"""Other than that of ordinary applies, which own a Namespace that the source brings."""


async def ensure_namespace(
    client: Client,
    name: str,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """Return the namespace ``name``, created where it was missing, with the metadata applied.

    Raises ``StateError`` for a namespace that is being deleted, and what the client raises.
    """
    resource = await client.resource("", "Namespace")
    manifest: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    if labels:
        manifest["metadata"]["labels"] = dict(labels)
    if annotations:
        manifest["metadata"]["annotations"] = dict(annotations)
    try:
        live = await client.get(resource, "", name)
    except NotFound:
        try:
            live = await client.create(
                resource,
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
                field_manager=FIELD_MANAGER,
            )
        except AlreadyExists:
            live = await client.get(resource, "", name)
    if live["metadata"].get("deletionTimestamp"):
        raise StateError(
            f"namespace {name} is being deleted. Wait until it is gone, then sync again"
        )
    if labels or annotations or _managed(live):
        answer = await client.apply(resource, manifest, field_manager=FIELD_MANAGER)
        return answer.object
    return live


def _managed(live: Manifest) -> bool:
    """Tell whether metadata of an earlier sync is to be taken off again."""
    return any(
        entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply"
        for entry in live["metadata"].get("managedFields") or ()
    )
