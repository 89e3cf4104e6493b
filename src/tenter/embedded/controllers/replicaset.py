"""The ReplicaSet controller: as many Pods as asked, and a status that says how they fare. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.ownership import (
    controller_of,
    controller_reference,
    is_controlled_by,
    is_deleting,
    selects,
)
from tenter.embedded.controllers.pods import (
    available_at,
    deletion_order,
    is_active,
    is_finished,
    is_ready,
    pod_from_template,
)
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import (
    Create,
    Delete,
    Outcome,
    Patch,
    Write,
    WriteStatus,
    earliest,
)
from tenter.manifests import Manifest

_MOST_CREATIONS = 500
"""Pods created in one go, so that one ReplicaSet cannot hold up all others."""


def reconcile(
    replica_set: Manifest,
    pods: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,  # noqa: ARG001 - one signature for all controllers
) -> Outcome:
    """Return what ``replica_set`` needs next.

    ``pods`` are those it controls and those nobody controls, of its namespace; ``now`` is Unix
    seconds. Orphans that its selector matches are adopted.
    """
    spec = replica_set["spec"]
    writes: list[Write] = []
    owned: list[Manifest] = []
    for pod in pods:
        if is_controlled_by(pod, replica_set):
            owned.append(pod)
        elif (
            controller_of(pod) is None
            and selects(spec.get("selector"), pod["metadata"].get("labels"))
            and is_active(pod)
            and not is_deleting(replica_set)
        ):
            references = pod["metadata"].get("ownerReferences") or []
            writes.append(
                Patch(
                    pod,
                    {
                        "metadata": {
                            "ownerReferences": [*references, controller_reference(replica_set)]
                        }
                    },
                )
            )
            owned.append(pod)
    active = [pod for pod in owned if is_active(pod)]
    if not is_deleting(replica_set):
        difference = spec.get("replicas", 1) - len(active)
        if difference > 0:
            new = pod_from_template(replica_set, spec["template"])
            writes += [Create(new)] * min(difference, _MOST_CREATIONS)
        elif difference < 0:
            writes += [Delete(pod) for pod in sorted(active, key=deletion_order)[:-difference]]
    created = sum(isinstance(write, Create) for write in writes)
    deleted = sum(isinstance(write, Delete) for write in writes)
    available, wake_at = count_available(active, spec.get("minReadySeconds", 0), now)
    template_labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    status: dict[str, Any] = {
        "replicas": len(active) + created - deleted,
        "fullyLabeledReplicas": created
        - deleted
        + sum(
            selects({"matchLabels": template_labels}, pod["metadata"].get("labels"))
            for pod in active
        ),
        "readyReplicas": sum(map(is_ready, active)),
        "availableReplicas": available,
        "terminatingReplicas": sum(is_deleting(pod) and not is_finished(pod) for pod in owned),
        "observedGeneration": replica_set["metadata"].get("generation", 0),
    }
    shown = ("replicas", "terminatingReplicas")
    status = {field: value for field, value in status.items() if value or field in shown}
    if status != replica_set.get("status"):
        writes.append(WriteStatus({**replica_set, "status": status}))
    return Outcome(tuple(writes), wake_at)


def count_available(
    pods: Sequence[Manifest], min_ready_seconds: int, now: float
) -> tuple[int, float | None]:
    """Return how many of ``pods`` are available at ``now``, and when the next one will be."""
    moments = [
        moment for pod in pods if (moment := available_at(pod, min_ready_seconds)) is not None
    ]
    later = [moment for moment in moments if moment > now]
    return len(moments) - len(later), earliest(*later)
