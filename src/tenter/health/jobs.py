"""Health of what runs to an end: Jobs and Argo Workflows."""

from __future__ import annotations

from typing import Any

from tenter.health.fields import (
    conditions_of,
    count_at,
    integer_at,
    is_true,
    mapping_at,
    text_at,
    value_at,
)
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest


def job_health(job: Manifest) -> Health:
    """Judge a Job by its conditions; a Job that is to be suspended, and has not ended, is so.

    A ``Suspended`` condition that is ``False`` again says nothing: the Job goes on.
    """
    conditions = conditions_of(job)
    failed = conditions.get("Failed")
    if is_true(failed):
        return Health(HealthStatus.DEGRADED, _failure(job, failed))
    complete = conditions.get("Complete")
    if is_true(complete):
        return Health(HealthStatus.HEALTHY, text_at(complete, "message"))
    suspended = conditions.get("Suspended")
    if value_at(job, "spec", "suspend") is True or is_true(suspended):
        return Health(HealthStatus.SUSPENDED, text_at(suspended, "message") or "Job suspended")
    return Health(HealthStatus.PROGRESSING, _progress(job, conditions.get("FailureTarget")))


def workflow_health(workflow: Manifest) -> Health:
    """Judge an ``argoproj.io`` Workflow by its phase."""
    message = text_at(workflow, "status", "message")
    match text_at(workflow, "status", "phase"):
        case "" | "Pending" | "Running":
            return Health(HealthStatus.PROGRESSING, message)
        case "Succeeded":
            return Health(HealthStatus.HEALTHY, message)
        case "Failed" | "Error" as phase:
            return Health(HealthStatus.DEGRADED, message or f"the Workflow's phase is {phase}")
        case phase:
            return Health(HealthStatus.UNKNOWN, message or f"the Workflow's phase is {phase}")


def _failure(job: Manifest, failed: dict[str, Any] | None) -> str:
    """Return why a Job failed: its condition's word, and which indexes of an indexed Job did."""
    message = text_at(failed, "message") or text_at(failed, "reason") or "the Job failed"
    indexes = text_at(job, "status", "failedIndexes")
    return f"{message}: {indexes}" if indexes else message


def _progress(job: Manifest, doomed: dict[str, Any] | None) -> str:
    """Say how far a Job is, and what it waits for where nothing of it runs."""
    if is_true(doomed):
        # Its result is certain, and told as such once its Pods have ended.
        return f"failing: {text_at(doomed, 'message') or text_at(doomed, 'reason')}"
    active, ready = count_at(job, "status", "active"), integer_at(job, "status", "ready")
    failed, succeeded = count_at(job, "status", "failed"), count_at(job, "status", "succeeded")
    completions = integer_at(job, "spec", "completions") or 1
    stopping = count_at(job, "status", "terminating")
    told = [
        f"{succeeded} of {completions} completed" if completions > 1 else "",
        f"{active} active" if active else "",
        f"{ready} of them ready" if active and ready is not None and ready < active else "",
        f"{failed} failed" if failed else "",
        f"{stopping} stopping" if stopping and not active else "",
    ]
    if not active and not stopping:
        told.append(_idle(job))
    return ", ".join(part for part in told if part)


def _idle(job: Manifest) -> str:
    """Say whom a Job waits for that runs nothing."""
    manager = text_at(job, "spec", "managedBy")
    if not text_at(job, "status", "startTime"):
        own = manager in {"", "kubernetes.io/job-controller"}
        return "waiting for the Job controller" if own else f"waiting for {manager}"
    if any(mapping_at(job, "status", "uncountedTerminatedPods").values()):
        return "its ended Pods are being counted"
    return "waiting for its next Pod"
