"""What the cluster adds to every Pod it takes in, as its admission plugins do.

Pure. Source: the Kubernetes documentation of the admission plugins DefaultTolerationSeconds and
Priority, which every cluster runs by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.statuses import Refusal, forbidden
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest

_PRIORITY_CLASSES = "priorityclasses.scheduling.k8s.io"
_SYSTEM_CLASSES = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
"""The priority classes that every cluster has from its start, and their values."""
_NODE_TROUBLES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_SUFFIX_LENGTH = 5
_PATIENCE = 300
"""Seconds that a Pod stays on a node that is in trouble."""


def admitted_pod(old: Manifest | None, new: Manifest, store: Store) -> Manifest:
    """Return a Pod with its tolerations and priority; ``old`` is None for a new one.

    Raises ``Refusal`` (403) for a priority class that does not exist, or another priority than its
    class has.
    """
    spec = {**(new.get("spec") or {})}
    if old is None:
        spec |= _priority(new, spec, store)
    else:
        before = old.get("spec") or {}
        for field in ("priority", "preemptionPolicy"):
            if field in before:
                spec.setdefault(field, before[field])
    tolerations: list[dict[str, Any]] = spec.get("tolerations") or []
    missing = [key for key in _NODE_TROUBLES if not _tolerates(tolerations, key)]
    if missing:
        spec["tolerations"] = [*tolerations, *map(_toleration, missing)]
    return {**new, "spec": spec}


def _tolerates(tolerations: Sequence[dict[str, Any]], key: str) -> bool:
    return any(
        each.get("key", "") in ("", key) and each.get("effect", "") in ("", "NoExecute")
        for each in tolerations
    )


def _toleration(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": _PATIENCE,
    }


def _priority(pod: Manifest, spec: dict[str, Any], store: Store) -> dict[str, Any]:
    found = _class_of(pod, spec, store)
    filled: dict[str, Any] = {"priority": 0, "preemptionPolicy": "PreemptLowerPriority"}
    if found is not None:
        filled["priority"] = found.get("value", 0)
        filled["preemptionPolicy"] = found.get("preemptionPolicy", filled["preemptionPolicy"])
        filled["priorityClassName"] = found["metadata"]["name"]
    for field, word in (("priority", "integer"), ("preemptionPolicy", "string")):
        if spec.get(field, filled[field]) != filled[field]:
            name = "priority" if field == "priority" else "PreemptionPolicy"
            raise _refused(
                pod,
                f"the {word} value of {name} ({spec[field]}) must not be provided in pod spec; "
                f"priority admission controller computed {filled[field]} from the given "
                "PriorityClass name",
            )
    return filled


def _class_of(pod: Manifest, spec: dict[str, Any], store: Store) -> Manifest | None:
    """Return the priority class that a Pod names, else the cluster's default one, if any."""
    wanted = spec.get("priorityClassName")
    if not wanted:
        defaults = [
            stored.object
            for stored in store.objects(_PRIORITY_CLASSES)
            if stored.object.get("globalDefault")
        ]
        return min(defaults, key=lambda each: int(each.get("value", 0)), default=None)
    found = store.get(_PRIORITY_CLASSES, "", wanted)
    if found is not None:
        return found.object
    if wanted in _SYSTEM_CLASSES:
        return {"metadata": {"name": wanted}, "value": _SYSTEM_CLASSES[wanted]}
    raise _refused(pod, f"no PriorityClass with name {wanted} was found")


def _refused(pod: Manifest, why: str) -> Refusal:
    metadata = pod["metadata"]
    name, prefix = metadata["name"], metadata.get("generateName") or ""
    if prefix and name.startswith(prefix) and len(name) == len(prefix) + _SUFFIX_LENGTH:
        name = prefix  # admission comes before a name is generated
    return forbidden(name or "Unknown", "", "pods", why)
