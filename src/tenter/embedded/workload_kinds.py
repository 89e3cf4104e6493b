"""What the API server does to workloads when they are written: Jobs, DaemonSets, Deployments.

Source: the API reference of these kinds, and what a real API server answers.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.kind import Kind
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
"""The annotation that shows a field which DaemonSets had in older versions."""

_UID_LABEL = "batch.kubernetes.io/controller-uid"


class Deployment(Kind):
    """Copies its annotations to its ReplicaSets, and so counts them as desired state."""

    def desired(self, object_: Manifest) -> Any:
        """Return the spec and the annotations."""
        return object_.get("spec"), object_["metadata"].get("annotations") or {}


class Sets(Kind):
    """StatefulSets, ReplicaSets and the like: their status begins with ``counts`` of zero."""

    def __init__(self, *counts: str) -> None:
        self._counts = counts

    def status(self, _new: Manifest) -> Manifest:
        """Return the counts that the kind's type requires."""
        return dict.fromkeys(self._counts, 0)


class DaemonSet(Sets):
    """Counts the changes of its Pod template in an annotation."""

    def created(self, new: Manifest, _store: Store) -> Manifest:
        """Begin to count."""
        return _with_template_generation(new, "1")

    def changed(self, old: Manifest, new: Manifest, _store: Store) -> Manifest:
        """Go on counting, whatever the client says of it."""
        count = int(old["metadata"].get("annotations", {}).get(TEMPLATE_GENERATION, "0"))
        if old["spec"].get("template") != new["spec"].get("template"):
            count += 1
        return _with_template_generation(new, str(count))


def _with_template_generation(daemon_set: Manifest, count: str) -> Manifest:
    metadata = dict(daemon_set["metadata"])
    metadata["annotations"] = {**metadata.get("annotations", {}), TEMPLATE_GENERATION: count}
    return {**daemon_set, "metadata": metadata}


class Job(Kind):
    """Selects its Pods by its own uid, unless the manifest says that it selects by itself."""

    def unsettled(self, new: Manifest) -> bool:
        """Tell whether it has the labels of its Pods, which were added late."""
        return _UID_LABEL in (new["metadata"].get("labels") or {})

    def created(self, new: Manifest, _store: Store) -> Manifest:
        """Return the Job with its selector, and with the labels that make its Pods its own."""
        spec = new["spec"]
        if spec.get("manualSelector"):
            return new
        metadata, template = new["metadata"], spec.get("template") or {}
        name, uid = metadata["name"], metadata["uid"]
        labels = {
            "batch.kubernetes.io/job-name": name,
            "job-name": name,
            _UID_LABEL: uid,
            "controller-uid": uid,
            **((template.get("metadata") or {}).get("labels") or {}),
        }
        selector = dict(spec.get("selector") or {})
        selector["matchLabels"] = {_UID_LABEL: uid, **(selector.get("matchLabels") or {})}
        marked = {**(template.get("metadata") or {}), "labels": labels}
        had = metadata.get("labels")
        same = had is (template.get("metadata") or {}).get("labels")
        # A generated name is tried on a copy, whose template's labels are no longer its own.
        if not had or (same and "generateName" not in metadata):
            # It had none, and so its template's are its own.
            metadata = {**metadata, "labels": dict(labels)}
        return {
            **new,
            "metadata": metadata,
            "spec": {**spec, "selector": selector, "template": {**template, "metadata": marked}},
        }
