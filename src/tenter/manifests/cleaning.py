"""Remove from a manifest what only a cluster writes, and say so.

Such fields come with manifests exported from a cluster. Sent back, they fail
(``metadata.managedFields must be nil``, a conflict on uid or resourceVersion), make the object
differ for ever, or mislead later tools. A Secret's ``stringData`` is the user's, and stays.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.manifests.keys import Manifest, group_version
from tenter.manifests.masking import LAST_APPLIED
from tenter.manifests.origin import Document, Notice

_SERVER_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


def cleaned(document: Document) -> Document:
    """Return ``document`` without the fields that the cluster sets, and with a notice of them.

    Removed are metadata's ``managedFields``, ``uid``, ``resourceVersion``, ``generation``,
    ``selfLink``, creation and deletion times, the last-applied annotation, and the ``status`` of
    Kubernetes' own kinds. A custom resource's status stays: its definition may have no status
    subresource, and then it is a field as any other. Generators write ``creationTimestamp: null``
    and ``status: {}`` always, so empty values go without a notice. The given document is unchanged.
    """
    manifest = document.manifest
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return document
    removed = {field: metadata[field] for field in _SERVER_METADATA if field in metadata}
    said = [f"metadata.{field}" for field, value in removed.items() if _says_something(value)]
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        annotations = {}
    has_last_applied = LAST_APPLIED in annotations
    if has_last_applied:
        said.append(f"the annotation {LAST_APPLIED}")
    has_status = "status" in manifest and _is_built_in(manifest)
    if has_status and _says_something(manifest["status"]):
        said.append("status")
    if not removed and not has_last_applied and not has_status:
        return document

    kept = {field: value for field, value in metadata.items() if field not in removed}
    if has_last_applied:
        kept["annotations"] = {
            name: value for name, value in annotations.items() if name != LAST_APPLIED
        }
    clean = {**manifest, "metadata": kept}
    if has_status:
        del clean["status"]
    notices = document.notices
    if said:
        text = f"left out what only the cluster sets: {', '.join(said)}"
        notices = (*notices, Notice(text, document.origin))
    return msgspec.structs.replace(document, manifest=clean, notices=notices)


def _is_built_in(manifest: Manifest) -> bool:
    group = group_version(manifest)[0]
    return "." not in group or group.endswith(".k8s.io")


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(item) for item in value.values())
    return value not in (None, "", []) and value is not False
