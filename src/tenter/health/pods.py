"""Health of Pods, and why a Pod visibly waits.

A Pod that runs for ever (``restartPolicy: Always``) is judged by readiness, one that ends by how
it ended. The difference also holds for a Pod that cannot start: the first kind is Degraded, the
second is Progressing, because a hook that is called failed while its image is still being pulled
might run after the sync is over.
"""

from __future__ import annotations

from typing import Any

from tenter.health.fields import (
    conditions_of,
    integer_at,
    is_false,
    is_true,
    items_at,
    mapping_at,
    text_at,
)
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"

_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting reasons of a Pod on its way; anything else is worth telling."""


def pod_health(pod: Manifest) -> Health:
    """Judge a Pod."""
    for_ever = text_at(pod, "spec", "restartPolicy") in {"", "Always"}
    note = text_at(pod, "status", "message")
    if for_ever and (stuck := _stuck_containers(pod)):
        return Health(HealthStatus.DEGRADED, ", ".join(stuck))
    match text_at(pod, "status", "phase"):
        case "Pending":
            return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod))
        case "Succeeded":
            return Health(HealthStatus.HEALTHY, note)
        case "Failed":
            return Health(HealthStatus.DEGRADED, note or failure_message(pod))
        case "Running":
            annotations = mapping_at(pod, "metadata", "annotations")
            if for_ever or IGNORE_RESTART_POLICY in annotations:
                return _readiness(pod, note)
            return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod))
        case "":
            # The API server sets Pending at creation; an object without it is not from there.
            return Health(HealthStatus.PROGRESSING, "waiting to be scheduled")
        case phase:
            return Health(HealthStatus.UNKNOWN, note or f"the Pod's phase is {phase}")


def failure_message(pod: Manifest) -> str:
    """Return why the first failed container failed; empty where none did.

    Init containers come first, as they run first.
    """
    for status in _container_statuses(pod):
        ended = mapping_at(status, "state", "terminated")
        reason = text_at(ended, "reason")
        code = integer_at(ended, "exitCode")
        if not ended or (code in {0, None} and reason != "OOMKilled"):
            continue
        if message := text_at(ended, "message"):
            return message
        name = text_at(status, "name")
        if reason == "OOMKilled":
            return f'container "{name}" was killed for using too much memory (OOMKilled)'
        return f'container "{name}" failed with exit code {code}'
    return text_at(pod, "status", "reason")


def waiting_reason(pod: Manifest) -> str:
    """Return why a Pod visibly waits, for a person; empty where it does not.

    The machine-readable reason comes first (``ImagePullBackOff``, ``Unschedulable``,
    ``CreateContainerConfigError``), then which container and Kubernetes' own message.
    """
    starting = ""
    for status in _container_statuses(pod):
        waiting = mapping_at(status, "state", "waiting")
        reason = text_at(waiting, "reason")
        message = text_at(waiting, "message")
        if reason not in _STARTING or message:
            return _told(reason, text_at(status, "name"), message)
        starting = starting or reason
    scheduled = conditions_of(pod).get("PodScheduled")
    if scheduled is not None and is_false(scheduled):
        reason = text_at(scheduled, "reason") or "Unschedulable"
        message = text_at(scheduled, "message")
        return f"{reason}: {message}" if message else reason
    return starting


def _readiness(pod: Manifest, note: str) -> Health:
    if is_true(conditions_of(pod).get("Ready")):
        return Health(HealthStatus.HEALTHY, note)
    for status in items_at(pod, "status", "containerStatuses"):
        last = mapping_at(status, "lastState", "terminated")
        if last:
            name, code = text_at(status, "name"), integer_at(last, "exitCode")
            return Health(
                HealthStatus.DEGRADED,
                note or f'container "{name}" ended with exit code {code} and is not ready again',
            )
    return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod) or "not ready yet")


def _stuck_containers(pod: Manifest) -> list[str]:
    """Say which containers wait for a reason that will not pass by itself."""
    stuck = []
    for status in items_at(pod, "status", "containerStatuses"):
        waiting = mapping_at(status, "state", "waiting")
        reason = text_at(waiting, "reason")
        if reason.startswith("Err") or reason.endswith(("Error", "BackOff")):
            stuck.append(_told(reason, text_at(status, "name"), text_at(waiting, "message")))
    return stuck


def _container_statuses(pod: Manifest) -> list[dict[str, Any]]:
    return [
        *items_at(pod, "status", "initContainerStatuses"),
        *items_at(pod, "status", "containerStatuses"),
    ]


def _told(reason: str, container: str, message: str) -> str:
    text = f'{reason}: container "{container}"'
    return f"{text}: {message}" if message else text
