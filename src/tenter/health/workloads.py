"""Health of what keeps Pods running: Deployments, StatefulSets, DaemonSets and ReplicaSets.

Each is judged by its controller's own counts, once the controller has seen the current ``spec``,
never by its Pods.
"""

from __future__ import annotations

from typing import Any

from tenter.health.fields import (
    behind,
    conditions_of,
    count_at,
    integer_at,
    is_true,
    text_at,
    value_at,
)
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest


def deployment_health(deployment: Manifest) -> Health:
    """Judge a Deployment: all replicas updated and available, and no old one left."""
    if value_at(deployment, "spec", "paused") is True:
        return Health(HealthStatus.SUSPENDED, "Deployment is paused")
    if _unseen(deployment):
        return _progressing("the Deployment's controller has not seen its latest change yet")
    conditions = conditions_of(deployment)
    progress = conditions.get("Progressing")
    lack = _lack(deployment)
    refusal = _refusal(conditions.get("ReplicaFailure"))
    if text_at(progress, "reason") == "ProgressDeadlineExceeded":
        message = text_at(progress, "message") or "exceeded its progress deadline"
        return Health(HealthStatus.DEGRADED, _joined(message, lack, refusal))
    return _progressing(_joined(lack, refusal)) if lack else Health(HealthStatus.HEALTHY)


def stateful_set_health(stateful_set: Manifest) -> Health:
    """Judge a StatefulSet; one that updates on deletion is done when its Pods are ready."""
    if _unseen(stateful_set):
        return _progressing("the StatefulSet's controller has not seen its latest change yet")
    wanted = _replicas(stateful_set)
    present = count_at(stateful_set, "status", "replicas")
    ready = count_at(stateful_set, "status", "readyReplicas")
    updated = count_at(stateful_set, "status", "updatedReplicas")
    if ready < wanted and not present:
        return _progressing(f"0 of {wanted} replicas are created")
    if ready < wanted:
        return _progressing(f"{ready} of {wanted} replicas are ready")
    strategy = text_at(stateful_set, "spec", "updateStrategy", "type") or "RollingUpdate"
    if strategy == "OnDelete":
        return Health(HealthStatus.HEALTHY, f"{ready} of {wanted} replicas are ready")
    partition = integer_at(stateful_set, "spec", "updateStrategy", "rollingUpdate", "partition")
    if partition:
        due = max(wanted - partition, 0)
        if updated < due:
            return _progressing(f"{updated} of {due} replicas of the partition are updated")
        return Health(HealthStatus.HEALTHY, f"{updated} replicas are updated, as partitioned")
    current = text_at(stateful_set, "status", "currentRevision")
    update = text_at(stateful_set, "status", "updateRevision")
    if current != update:
        return _progressing(f"{updated} of {wanted} replicas are at revision {update}")
    return Health(HealthStatus.HEALTHY)


def daemon_set_health(daemon_set: Manifest) -> Health:
    """Judge a DaemonSet; one that updates on deletion is done as soon as it is seen."""
    if _unseen(daemon_set):
        return _progressing("the DaemonSet's controller has not seen its latest change yet")
    if text_at(daemon_set, "spec", "updateStrategy", "type") == "OnDelete":
        return Health(HealthStatus.HEALTHY)
    wanted = count_at(daemon_set, "status", "desiredNumberScheduled")
    if not wanted:
        return Health(HealthStatus.HEALTHY, "no node is to run it")
    updated = count_at(daemon_set, "status", "updatedNumberScheduled")
    available = count_at(daemon_set, "status", "numberAvailable")
    if updated < wanted:
        return _progressing(f"{updated} of {wanted} Pods are updated")
    if available < wanted:
        return _progressing(f"{available} of {wanted} Pods are available")
    return Health(HealthStatus.HEALTHY)


def replica_set_health(replica_set: Manifest) -> Health:
    """Judge a ReplicaSet: all replicas available, and none refused."""
    if _unseen(replica_set):
        return _progressing("the ReplicaSet's controller has not seen its latest change yet")
    if refusal := _refusal(conditions_of(replica_set).get("ReplicaFailure")):
        return Health(HealthStatus.DEGRADED, refusal)
    wanted = _replicas(replica_set)
    available = count_at(replica_set, "status", "availableReplicas")
    if available < wanted:
        return _progressing(f"{available} of {wanted} replicas are available")
    return Health(HealthStatus.HEALTHY)


def _lack(deployment: Manifest) -> str:
    """Say what a Deployment's roll-out still lacks; empty where it is done."""
    wanted = _replicas(deployment)
    updated = count_at(deployment, "status", "updatedReplicas")
    present = count_at(deployment, "status", "replicas")
    available = count_at(deployment, "status", "availableReplicas")
    if updated < wanted:
        return f"{updated} of {wanted} replicas are updated"
    if present > updated:
        old = present - updated
        return f"{old} old replica{'s are' if old > 1 else ' is'} still to be stopped"
    return f"{available} of {updated} replicas are available" if available < updated else ""


def _refusal(failure: dict[str, Any] | None) -> str:
    """Return why a Pod could not be created (a quota, an admission); empty where none failed."""
    if not is_true(failure):
        return ""
    message = text_at(failure, "message") or text_at(failure, "reason")
    return message or "a replica could not be created"


def _joined(*parts: str) -> str:
    return "; ".join(part.removesuffix(".") for part in parts if part)


def _unseen(workload: Manifest) -> bool:
    """Tell whether the controller has yet to see the current spec; a status it never wrote counts.

    These kinds always have the number once their controller was there, so its absence on an
    object with a generation says that it was not.
    """
    if integer_at(workload, "status", "observedGeneration") is None:
        return integer_at(workload, "metadata", "generation") is not None
    return behind(workload)


def _replicas(workload: Manifest) -> int:
    """Return the wanted replicas: 1 where not said (API reference, ``spec.replicas``)."""
    wanted = integer_at(workload, "spec", "replicas")
    return 1 if wanted is None else wanted


def _progressing(message: str) -> Health:
    return Health(HealthStatus.PROGRESSING, message)
