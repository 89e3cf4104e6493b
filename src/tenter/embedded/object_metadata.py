"""An object's metadata: what a client may set, what stays as it was, in which order it stands."""

from __future__ import annotations

from typing import Any

from tenter.embedded.resources import ResourceType
from tenter.embedded.statuses import invalid
from tenter.manifests.keys import Manifest

SYSTEM = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
)
"""What the API server alone sets."""

_KEPT = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
)


def ordered(resource: ResourceType, given: Manifest, metadata: dict[str, Any]) -> Manifest:
    """Return an object that begins with kind, apiVersion and metadata, as lists count on it."""
    api_version = f"{resource.group}/{resource.storage_version}".lstrip("/")
    rest = {
        field: value
        for field, value in given.items()
        if field not in ("kind", "apiVersion", "metadata")
    }
    return {"kind": resource.kind, "apiVersion": api_version, "metadata": metadata, **rest}


def kept_metadata(given: dict[str, Any], had: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of an update: what the client may not set stays as it was."""
    metadata = {"name": had["name"], **given}
    for field in SYSTEM:
        metadata.pop(field, None)
    for field in ("namespace", "generateName", "resourceVersion", *_KEPT):
        if field in had:
            metadata[field] = had[field]
    return metadata


def check_unchangeable(
    resource: ResourceType, name: str, had: dict[str, Any], given: dict[str, Any]
) -> None:
    """Refuse other values (422) for what the server alone sets, where a client states them."""
    causes = [
        {
            "reason": "FieldValueInvalid",
            "message": f'Invalid value: "{given[field]}": field is immutable',
            "field": f"metadata.{field}",
        }
        for field in ("uid", "deletionTimestamp")
        if given.get(field) and given[field] != had.get(field)
    ]
    if causes:
        raise invalid(name, resource.group, resource.kind, causes)
