"""Which live objects are an application's: the mark that each of them carries.

By default the annotation ``<app>:<group>/<Kind>:<namespace>/<name>``, Argo CD's default method. An
id that does not fit the object it is on was copied from elsewhere (a backup, a template), and says
nothing. With the method ``label`` the application's name in a label is all there is.
"""

from __future__ import annotations

import enum

import msgspec

from tenter.manifests import Key, Manifest, annotation, label
from tenter.runner.sharing import TRACKING_ID

INSTANCE_LABEL = "app.kubernetes.io/instance"
_LONGEST_LABEL = 63


class TrackingMethod(enum.StrEnum):
    """How objects are marked, in the words of ``application.resourceTrackingMethod``."""

    ANNOTATION = "annotation"
    LABEL = "label"
    BOTH = "annotation+label"
    """The annotation counts; the label is for tools that look for it."""


class Tracking(msgspec.Struct, frozen=True):
    """How objects are marked; ``label`` is the label's key."""

    method: TrackingMethod = TrackingMethod.ANNOTATION
    label: str = INSTANCE_LABEL

    def instance_of(self, live: Manifest, key: Key) -> str:
        """Return the application that the live object ``key`` says it is of, empty for none."""
        if self.method is TrackingMethod.LABEL:
            return label(live, self.label) or ""
        application, _, rest = (annotation(live, TRACKING_ID) or "").partition(":")
        if not rest:
            return ""
        kind, _, place = rest.partition(":")
        namespace, _, name = place.partition("/")
        fits = kind == f"{key.group}/{key.kind}" and name == key.name
        return application if fits and namespace == (key.namespace or namespace) else ""


DEFAULT_TRACKING = Tracking()


def tracking_id(application: str, key: Key, destination: str) -> str:
    """Return the id of the object ``key``; cluster-scoped ones name the destination namespace."""
    namespace = key.namespace or destination
    return f"{application}:{key.group}/{key.kind}:{namespace}/{key.name}"


def is_tracked(key: Key) -> bool:
    """Tell whether objects of this kind carry an id: CRDs do not, and so are never pruned."""
    return key.kind != "CustomResourceDefinition"


def stamped(
    manifest: Manifest,
    application: str,
    key: Key,
    destination: str,
    tracking: Tracking = DEFAULT_TRACKING,
) -> Manifest:
    """Return ``manifest`` carrying its mark; the input is left as it was."""
    metadata = dict(manifest.get("metadata") or {})
    if tracking.method is not TrackingMethod.LABEL:
        metadata["annotations"] = {
            **(metadata.get("annotations") or {}),
            TRACKING_ID: tracking_id(application, key, destination),
        }
    if tracking.method is not TrackingMethod.ANNOTATION:
        labels = metadata.get("labels") or {}
        metadata["labels"] = {**labels, tracking.label: application[:_LONGEST_LABEL]}
    return {**manifest, "metadata": metadata}


def belongs(
    live: Manifest,
    application: str,
    key: Key,
    destination: str,
    tracking: Tracking = DEFAULT_TRACKING,
) -> bool:
    """Tell whether the live object is the application's own, by its mark."""
    if tracking.method is TrackingMethod.LABEL:
        return label(live, tracking.label) == application[:_LONGEST_LABEL]
    return annotation(live, TRACKING_ID) == tracking_id(application, key, destination)
