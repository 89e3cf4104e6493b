"""Health of what runs to an end: Jobs and Argo Workflows."""

from __future__ import annotations

from tenter.health.fields import conditions_of, count_at, is_true, text_at, value_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest


def job_health(job: Manifest) -> Health:
    """Judge a Job by its conditions; a Job that is to be suspended, and has not ended, is so.

    A ``Suspended`` condition that is ``False`` again says nothing: the Job goes on.
    """
    conditions = conditions_of(job)
    failed = conditions.get("Failed")
    if failed is not None and is_true(failed):
        message = text_at(failed, "message") or text_at(failed, "reason")
        return Health(HealthStatus.DEGRADED, message or "the Job failed")
    complete = conditions.get("Complete")
    if complete is not None and is_true(complete):
        return Health(HealthStatus.HEALTHY, text_at(complete, "message"))
    suspended = conditions.get("Suspended")
    if value_at(job, "spec", "suspend") is True or is_true(suspended):
        return Health(HealthStatus.SUSPENDED, text_at(suspended, "message") or "Job suspended")
    return Health(HealthStatus.PROGRESSING, _job_progress(job))


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


def _job_progress(job: Manifest) -> str:
    active, failed = count_at(job, "status", "active"), count_at(job, "status", "failed")
    told = [f"{active} active" if active else "", f"{failed} failed" if failed else ""]
    return ", ".join(part for part in told if part)
