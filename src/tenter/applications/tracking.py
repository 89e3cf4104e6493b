"""Which live objects are an application's: the tracking id that each of them carries.

``<app>:<group>/<Kind>:<namespace>/<name>``, Argo CD's default method. An id that does not fit the
object it is on was copied from elsewhere (a backup, a template), and says nothing.
"""

from __future__ import annotations

from tenter.manifests import Key, Manifest
from tenter.runner.sharing import TRACKING_ID


def tracking_id(application: str, key: Key, destination: str) -> str:
    """Return the id of the object ``key``; cluster-scoped ones name the destination namespace."""
    namespace = key.namespace or destination
    return f"{application}:{key.group}/{key.kind}:{namespace}/{key.name}"


def is_tracked(key: Key) -> bool:
    """Tell whether objects of this kind carry an id: CRDs do not, and so are never pruned."""
    return key.kind != "CustomResourceDefinition"


def stamped(manifest: Manifest, application: str, key: Key, destination: str) -> Manifest:
    """Return ``manifest`` carrying its id; the input is left as it was."""
    metadata = manifest.get("metadata") or {}
    annotations = {
        **(metadata.get("annotations") or {}),
        TRACKING_ID: tracking_id(application, key, destination),
    }
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def belongs(live: Manifest, application: str, key: Key, destination: str) -> bool:
    """Tell whether the live object is the application's own, by its id."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    return bool(annotations.get(TRACKING_ID) == tracking_id(application, key, destination))
