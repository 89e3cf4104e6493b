"""Pods as controllers see them: made from a template, active, ready, available."""

from __future__ import annotations

import math
from typing import Any

from tenter.embedded.controllers.ownership import controller_reference, is_deleting
from tenter.embedded.timestamps import parse_time
from tenter.manifests import Manifest


def pod_from_template(
    owner: Manifest,
    template: dict[str, Any],
    *,
    name: str = "",
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    finalizers: tuple[str, ...] = (),
) -> Manifest:
    """Return a new Pod of ``owner`` as its ``template`` says.

    Without a ``name`` the server makes one from the owner's. ``labels`` and ``annotations`` are
    added to the template's. The spec is the template's own dict: copy it before changing it.
    """
    meta = template.get("metadata") or {}
    metadata: dict[str, Any] = {
        "namespace": owner["metadata"]["namespace"],
        "labels": {**(meta.get("labels") or {}), **(labels or {})},
        "annotations": {**(meta.get("annotations") or {}), **(annotations or {})},
        "ownerReferences": [controller_reference(owner)],
    }
    if name:
        metadata["name"] = name
    else:
        metadata["generateName"] = generated_prefix(owner["metadata"]["name"])
    kept = [*(meta.get("finalizers") or ()), *finalizers]
    if kept:
        metadata["finalizers"] = kept
    for empty in [field for field in ("labels", "annotations") if not metadata[field]]:
        del metadata[empty]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": template.get("spec") or {},
    }


def generated_prefix(name: str) -> str:
    """Return the ``generateName`` for children of ``name``; the server cuts it to length."""
    return f"{name}-"


def phase_of(pod: Manifest) -> str:
    """Return the Pod's phase; one that no node has touched is Pending."""
    return (pod.get("status") or {}).get("phase") or "Pending"


def is_finished(pod: Manifest) -> bool:
    """Tell whether no container of the Pod will run again."""
    return phase_of(pod) in {"Succeeded", "Failed"}


def is_active(pod: Manifest) -> bool:
    """Tell whether the Pod counts towards its owner's replicas."""
    return not is_finished(pod) and not is_deleting(pod)


def condition_of(manifest: Manifest, name: str) -> dict[str, Any] | None:
    """Return the status condition of type ``name``, if there is one."""
    for condition in (manifest.get("status") or {}).get("conditions") or ():
        if condition.get("type") == name:
            found: dict[str, Any] = condition
            return found
    return None


def is_ready(pod: Manifest) -> bool:
    """Tell whether the Pod says it is ready to serve."""
    condition = condition_of(pod, "Ready")
    return condition is not None and condition.get("status") == "True"


def available_at(pod: Manifest, min_ready_seconds: int) -> float | None:
    """Return since when, or from when on, a ready Pod counts as available; None if not ready.

    Unix seconds; 0 where it does so at once.
    """
    if not is_ready(pod):
        return None
    if not min_ready_seconds:
        return 0.0
    condition = condition_of(pod, "Ready") or {}
    since = parse_time(condition.get("lastTransitionTime"))
    return None if since is None else since + min_ready_seconds


def deletion_order(pod: Manifest) -> tuple[bool, int, bool, float, float, str]:
    """Return a key that sorts the Pods one misses least first.

    Unassigned before assigned, Pending before Unknown before Running, not ready before ready,
    the lower ``controller.kubernetes.io/pod-deletion-cost`` first, then the youngest.
    """
    metadata = pod["metadata"]
    annotations = metadata.get("annotations") or {}
    try:
        cost = float(annotations.get("controller.kubernetes.io/pod-deletion-cost", 0))
    except ValueError:
        cost = 0.0
    born = parse_time(metadata.get("creationTimestamp")) or math.inf
    return (
        bool((pod.get("spec") or {}).get("nodeName")),
        {"Pending": 0, "Unknown": 1}.get(phase_of(pod), 2),
        is_ready(pod),
        cost,
        -born,
        metadata.get("name", ""),
    )
