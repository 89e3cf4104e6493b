"""Objects that two applications claim: the tracking id of another one on a live object."""

from __future__ import annotations

from tenter.manifests import Manifest, annotation

TRACKING_ID = "argocd.argoproj.io/tracking-id"
"""``<app>:<group>/<Kind>:<namespace>/<name>``: Argo CD's default method of tracking."""


def sharing(target: Manifest, live: Manifest | None) -> str:
    """Return which other application tracks the live object, in words; empty where none does.

    An id that does not fit its object was copied from elsewhere, and says nothing.
    """
    wanted = annotation(target, TRACKING_ID)
    found = annotation(live, TRACKING_ID) if live is not None else None
    if not wanted or not found or wanted == found:
        return ""
    owner, _, rest = found.partition(":")
    application, _, own = wanted.partition(":")
    # The namespace of a cluster-scoped object is the application's, which may differ.
    same_kind = rest.partition(":")[0] == own.partition(":")[0]
    same_name = rest.rpartition("/")[2] == own.rpartition("/")[2]
    if owner == application or not (same_kind and same_name):
        return ""
    return f'it is tracked by application "{owner}" too'
