"""The objects that stories are told of: as short as they may be, and with a scripted outcome."""

from __future__ import annotations

from typing import Any

from tenter.embedded.node import ANNOTATION
from tenter.manifests import Manifest

RUNS = "run after=0.1"
NEVER_READY = "never-ready"
SUCCEEDS = "succeed after=0.1"
HANGS = "hang"
NO_IMAGE = "pull-error"
CONFIG_MISSING = "config-missing"
"""An outcome that only the recording's own node knows."""


def pod_spec(policy: str = "Always", **more: Any) -> dict[str, Any]:
    """Return a Pod's spec of one container ``main``; ``more`` are further fields of it."""
    containers = [{"name": "main", "image": "registry.example/shop:1"}]
    return {
        "restartPolicy": policy,
        "terminationGracePeriodSeconds": 1,
        "containers": containers,
        **more,
    }


def annotated(outcome: str) -> dict[str, Any]:
    """Return the annotations that have the node play ``outcome``."""
    return {"annotations": {ANNOTATION: outcome}} if outcome else {}


def pod(outcome: str, policy: str = "Always", *, annotations: Any = None, **spec: Any) -> Manifest:
    """Return a Pod named ``subject``."""
    metadata = {"name": "subject", **annotated(outcome)}
    metadata.setdefault("annotations", {}).update(annotations or {})
    return _object("v1", "Pod", metadata, pod_spec(policy, **spec))


def job(outcome: str, policy: str = "Never", **spec: Any) -> Manifest:
    """Return a Job named ``subject``; ``spec`` are further fields of its spec."""
    return _object(
        "batch/v1", "Job", {"name": "subject"}, {"template": template(outcome, policy), **spec}
    )


def template(outcome: str, policy: str = "Always", **spec: Any) -> dict[str, Any]:
    """Return a Pod template with the label ``app: subject``."""
    metadata = {"labels": {"app": "subject"}, **annotated(outcome)}
    return {"metadata": metadata, "spec": pod_spec(policy, **spec)}


def workload(kind: str, outcome: str, **spec: Any) -> Manifest:
    """Return an object of ``apps/v1`` named ``subject``, whose Pods have ``outcome``."""
    body = {
        "selector": {"matchLabels": {"app": "subject"}},
        "template": template(outcome),
        **spec,
    }
    return _object("apps/v1", kind, {"name": "subject"}, body)


def replacing(outcome: str, image: str = "registry.example/shop:2") -> dict[str, Any]:
    """Return the patch that rolls another image out, whose Pods have ``outcome``."""
    containers = [{"name": "main", "image": image}]
    spec = {"containers": containers}
    return {"spec": {"template": {"metadata": annotated(outcome), "spec": spec}}}


def quota() -> Manifest:
    """Return a quota that allows no Pod."""
    return _object("v1", "ResourceQuota", {"name": "none"}, {"hard": {"pods": "0"}})


def other(api_version: str, kind: str, spec: Any = None, name: str = "subject") -> Manifest:
    """Return an object of any kind."""
    return _object(api_version, kind, {"name": name}, spec)


def _object(api_version: str, kind: str, metadata: dict[str, Any], spec: Any) -> Manifest:
    manifest: Manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    if spec is not None:
        manifest["spec"] = spec
    return manifest


# What stories wait for


def phase(name: str) -> Any:
    """Return what tells a state of the phase ``name``."""
    return lambda state: state["status"]["phase"] == name


def holds(condition: str, status: str = "True", reason: str = "") -> Any:
    """Return what tells a state with the condition at ``status``, for ``reason`` if given."""
    return lambda state: any(
        each["type"] == condition
        and each["status"] == status
        and each.get("reason", "").startswith(reason)
        for each in state["status"]["conditions"]
    )


def waiting(reason: str, restarts: int = 0) -> Any:
    """Return what tells a Pod whose container waits for ``reason``."""
    return lambda state: any(
        each["state"].get("waiting", {}).get("reason") == reason
        and each["restartCount"] >= restarts
        for each in state["status"]["containerStatuses"]
    )


def counts(**wanted: int) -> Any:
    """Return what tells a state whose status has these numbers and is up to date."""
    return lambda state: (
        all(state["status"].get(name, 0) == number for name, number in wanted.items())
        and state["status"].get("observedGeneration", state["metadata"].get("generation"))
        == state["metadata"].get("generation")
    )


def being_deleted(state: Manifest) -> bool:
    """Tell a state that has been asked to go."""
    return bool(state["metadata"].get("deletionTimestamp"))
