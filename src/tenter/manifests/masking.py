"""Hide what is secret in a manifest before a person, a log or an error shows it.

Which entries a Secret has is no secret, their values are. The mask has one length, so that it does
not tell theirs. The last-applied annotation is masked on every kind: it repeats whole objects.
"""

from __future__ import annotations

from typing import Any

from tenter.manifests.keys import Manifest

MASK = "********"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_SECRET_FIELDS = ("data", "stringData")


def masked(manifest: Manifest) -> Manifest:
    """Return ``manifest`` without secret values, sharing what holds none; it is not changed.

    The values of ``data`` and ``stringData`` of Secrets are masked, in lists of Secrets too, and
    the annotation ``kubectl.kubernetes.io/last-applied-configuration``.
    """
    changes: dict[str, Any] = {}
    if manifest.get("kind") == "Secret":
        changes = {
            field: _masked_values(manifest[field]) for field in _SECRET_FIELDS if field in manifest
        }
    metadata = manifest.get("metadata")
    if isinstance(metadata, dict):
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict) and LAST_APPLIED in annotations:
            changes["metadata"] = {
                **metadata,
                "annotations": {**annotations, LAST_APPLIED: MASK},
            }
    items = manifest.get("items")
    if isinstance(items, list) and str(manifest.get("kind", "")).endswith("List"):
        # The items of a typed list need not repeat their kind.
        item_kind = {"kind": "Secret"} if manifest["kind"] == "SecretList" else {}
        changes["items"] = [
            masked({**item, **item_kind}) if isinstance(item, dict) else item for item in items
        ]
    return {**manifest, **changes} if changes else manifest


def _masked_values(values: Any) -> Any:
    if isinstance(values, dict):
        return dict.fromkeys(values, MASK)
    return None if values is None else MASK
