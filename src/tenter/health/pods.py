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
    count_at,
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
_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")

_UNSCHEDULED = "waiting to be scheduled"

_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting reasons of a Pod on its way; anything else is worth telling."""


def pod_health(pod: Manifest) -> Health:
    """Judge a Pod."""
    for_ever = _runs_for_ever(pod)
    note = _note(pod)
    if for_ever and (stuck := _stuck_containers(pod)):
        return Health(HealthStatus.DEGRADED, ", ".join(stuck))
    match text_at(pod, "status", "phase"):
        case "Pending":
            return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod) or _on_its_way(pod))
        case "Succeeded":
            return Health(HealthStatus.HEALTHY, note)
        case "Failed":
            return Health(HealthStatus.DEGRADED, note or failure_message(pod) or "the Pod failed")
        case "Running":
            if for_ever:
                return _readiness(pod, note)
            return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod))
        case "":
            # The API server sets Pending at creation; an object without it is not from there.
            return Health(HealthStatus.PROGRESSING, _UNSCHEDULED)
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
            return _told(reason, status)
        starting = starting or reason
    scheduled = conditions_of(pod).get("PodScheduled")
    if scheduled is not None and is_false(scheduled):
        reason = text_at(scheduled, "reason") or "Unschedulable"
        message = text_at(scheduled, "message")
        return f"{reason}: {message}" if message else reason
    return starting


def _runs_for_ever(pod: Manifest) -> bool:
    """Tell whether a Pod is there to run, rather than to end.

    An operator may restart its Pods itself and say ``Never``; the annotation tells so. On a hook it
    means nothing: one that is ready has not yet done what it is for.
    """
    if text_at(pod, "spec", "restartPolicy") in {"", "Always"}:
        return True
    annotations = mapping_at(pod, "metadata", "annotations")
    return IGNORE_RESTART_POLICY in annotations and not any(map(annotations.__contains__, _HOOKS))


def _readiness(pod: Manifest, note: str) -> Health:
    if is_true(conditions_of(pod).get("Ready")):
        return Health(HealthStatus.HEALTHY, note)
    for status in items_at(pod, "status", "containerStatuses"):
        last = mapping_at(status, "lastState", "terminated")
        if last:
            told = f'container "{text_at(status, "name")}" {_ended(last)} and is not ready again'
            return Health(HealthStatus.DEGRADED, note or told)
    return Health(HealthStatus.PROGRESSING, note or waiting_reason(pod) or _unready(pod))


def _stuck_containers(pod: Manifest) -> list[str]:
    """Say which containers wait for a reason that will not pass by itself."""
    stuck = []
    for status in items_at(pod, "status", "containerStatuses"):
        waiting = mapping_at(status, "state", "waiting")
        reason = text_at(waiting, "reason")
        if reason.startswith("Err") or reason.endswith(("Error", "BackOff")):
            stuck.append(_told(reason, status))
    return stuck


def _container_statuses(pod: Manifest) -> list[dict[str, Any]]:
    return [
        *items_at(pod, "status", "initContainerStatuses"),
        *items_at(pod, "status", "containerStatuses"),
    ]


def _told(reason: str, status: dict[str, Any]) -> str:
    """Say which container waits and why, and how it ended when it was tried before."""
    text = f'{reason}: container "{text_at(status, "name")}"'
    last = mapping_at(status, "lastState", "terminated")
    if last:
        restarts = count_at(status, "restartCount")
        text = f"{text} {_ended(last)}"
        text = f"{text} ({restarts} restart{'s' if restarts > 1 else ''})" if restarts else text
    message = text_at(status, "state", "waiting", "message")
    return f"{text}: {message}" if message else text


def _ended(end: dict[str, Any]) -> str:
    reason, code = text_at(end, "reason"), integer_at(end, "exitCode")
    if reason == "OOMKilled":
        return "was killed for using too much memory (OOMKilled)"
    return f"ended with exit code {code}" if code is not None else "ended"


def _note(pod: Manifest) -> str:
    """Return what is said of the Pod as a whole, its reason first: ``Evicted: ...``."""
    message = text_at(pod, "status", "message").strip()
    reason = text_at(pod, "status", "reason")
    return f"{reason}: {message}" if message and reason and reason not in message else message


def _on_its_way(pod: Manifest) -> str:
    scheduled = is_true(conditions_of(pod).get("PodScheduled")) or text_at(pod, "spec", "nodeName")
    return "waiting for its node to start it" if scheduled else _UNSCHEDULED


def _unready(pod: Manifest) -> str:
    """Say what keeps a running Pod from being ready."""
    names = [
        f'container "{text_at(status, "name")}"'
        for status in items_at(pod, "status", "containerStatuses")
        if status.get("ready") is not True
    ]
    if names:
        return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} not ready yet"
    conditions = conditions_of(pod)
    gates = [text_at(gate, "conditionType") for gate in items_at(pod, "spec", "readinessGates")]
    shut = [gate for gate in gates if not is_true(conditions.get(gate))]
    return f"its readiness gate {shut[0]} is not met yet" if shut else "not ready yet"
