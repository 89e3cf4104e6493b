"""The Job controller: Pods until enough have succeeded, or too much has failed.

No Pod is counted twice, nor forgotten, whatever crashes in between: every Pod carries a tracking
finalizer; a finished one's uid is first written into ``status.uncountedTerminatedPods``, then its
finalizer goes, and only then does it move from that list into the count. Each step can be repeated.
Source of the rules: the Job API (batch/v1) and its documentation of "job tracking with finalizers".

Pure: it knows neither clock nor cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.conditions import with_condition
from tenter.embedded.controllers.indexes import INDEX, index_of, write_indexes
from tenter.embedded.controllers.job_tally import (
    TRACKING,
    Tally,
    completions_of,
    count,
    is_indexed,
    is_tracked,
)
from tenter.embedded.controllers.ownership import is_deleting
from tenter.embedded.controllers.pods import (
    condition_of,
    deletion_order,
    generated_prefix,
    is_ready,
    phase_of,
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
from tenter.embedded.timestamps import format_time, parse_time
from tenter.manifests import Manifest

_STORED_TIME_SLACK = 1.0
"""A stored time has lost its fraction; a deadline counted from it must not come early."""

_KNOWN = frozenset({"ready", "terminating", "uncountedTerminatedPods"})
"""Fields of the status that are shown even where they hold nothing."""
_MOST_CREATIONS = 500
"""Pods created in one go, so that one Job cannot hold up all others."""


def reconcile(
    job: Manifest, pods: Sequence[Manifest], now: float, settings: ControllerSettings
) -> Outcome:
    """Return what ``job`` needs next, given all ``pods`` it controls at ``now`` (Unix seconds)."""
    if is_deleting(job):
        return Outcome(release(pods))
    status: dict[str, Any] = job.get("status") or {}
    if _finished(status):
        return _after_the_end(job, pods, now)
    tally = count(job, pods)
    spec = job["spec"]
    suspended = bool(spec.get("suspend"))
    end = _end(job, status, tally, pods, now)
    conditions = list(status.get("conditions") or ())
    writes: list[Write] = [Patch(pod, _finalizers(pod)) for pod in tally.untracked]
    wake_at: float | None = None
    active = len(tally.active)
    fresh: dict[str, Any] = {"startTime": status.get("startTime")}
    if end is not None:
        target, reason, message = end
        conditions = _condition(conditions, target, reason, message, now)
        if target == "SuccessCriteriaMet":
            # Pods still running are no longer wanted, and are no failures either.
            writes += _dismiss(tally.active)
        else:
            writes += [Delete(pod) for pod in tally.active]
        if not active and not tally.terminating and tally.settled:
            final = "Complete" if target == "SuccessCriteriaMet" else "Failed"
            conditions = _condition(conditions, final, reason, message, now)
            if final == "Complete":
                fresh["completionTime"] = format_time(now)
    elif suspended:
        writes += _dismiss(tally.active)
        fresh["startTime"] = None
        conditions = _condition(conditions, "Suspended", "JobSuspended", "Job suspended", now)
    else:
        if (condition_of(job, "Suspended") or {}).get("status") == "True":
            conditions = _condition(
                conditions, "Suspended", "JobResumed", "Job resumed", now, status=False
            )
        fresh["startTime"] = fresh["startTime"] or format_time(now)
        changes, wake_at = _adjust(job, tally, pods, now, settings)
        writes += changes
        active += sum(
            1 if isinstance(write, Create) else -1 if isinstance(write, Delete) else 0
            for write in changes
        )
        wake_at = earliest(wake_at, _deadline(spec, fresh["startTime"]))
    fresh |= {
        "conditions": conditions,
        "active": active,
        "ready": sum(map(is_ready, tally.active)),
        "terminating": tally.terminating,
        "succeeded": tally.counted_succeeded,
        "failed": tally.counted_failed,
        "completedIndexes": write_indexes(tally.indexes),
        "uncountedTerminatedPods": {
            name: uids
            for name, uids in (("succeeded", tally.succeeded), ("failed", tally.failed))
            if uids
        },
    }
    fresh = _without_empty(fresh)
    if fresh != _without_empty(status):
        writes.append(WriteStatus({**job, "status": fresh}))
    return Outcome(tuple(writes), wake_at)


def release(pods: Sequence[Manifest]) -> tuple[Write, ...]:
    """Return the writes that let go of Pods whose Job no longer counts them."""
    return tuple(Patch(pod, _finalizers(pod)) for pod in pods if is_tracked(pod))


def _end(
    job: Manifest,
    status: dict[str, Any],
    tally: Tally,
    pods: Sequence[Manifest],
    now: float,
) -> tuple[str, str, str] | None:
    """Return the condition that ends the Job with its reason and message, or None."""
    for name in ("FailureTarget", "SuccessCriteriaMet"):
        condition = condition_of(job, name)
        if condition is not None and condition.get("status") == "True":
            return name, condition.get("reason", ""), condition.get("message", "")
    spec = job["spec"]
    if tally.failing is not None:
        return "FailureTarget", *tally.failing
    limit = spec.get("backoffLimit", 6)
    failures = tally.counted_failed + len(tally.failed)
    if failures > limit or _restarts_exceed(spec, pods, limit):
        return (
            "FailureTarget",
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        )
    succeeded = tally.counted_succeeded + len(tally.succeeded)
    completions = completions_of(spec)
    if completions is None:
        enough = succeeded > 0 and not tally.active
    else:
        enough = succeeded >= completions and not spec.get("suspend")
    if enough:
        return (
            "SuccessCriteriaMet",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        )
    deadline = _deadline(spec, status.get("startTime"))
    if deadline is not None and now >= deadline and not spec.get("suspend"):
        return (
            "FailureTarget",
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        )
    return None


def _restarts_exceed(spec: dict[str, Any], pods: Sequence[Manifest], limit: int) -> bool:
    """Tell whether containers restarted in place (OnFailure) used up the backoff limit."""
    if (spec["template"].get("spec") or {}).get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(
        container.get("restartCount", 0)
        for pod in pods
        if phase_of(pod) in {"Running", "Pending"}
        for field in ("initContainerStatuses", "containerStatuses")
        for container in (pod.get("status") or {}).get(field) or ()
    )
    return bool(restarts > 0 if limit == 0 else restarts >= limit)


def _adjust(
    job: Manifest,
    tally: Tally,
    pods: Sequence[Manifest],
    now: float,
    settings: ControllerSettings,
) -> tuple[list[Write], float | None]:
    """Return the Pods to create or dismiss, and when a held back creation is due."""
    spec = job["spec"]
    parallelism = spec.get("parallelism", 1)
    completions = completions_of(spec)
    succeeded = tally.counted_succeeded + len(tally.succeeded)
    if completions is None:
        wanted = len(tally.active) if succeeded else parallelism
    else:
        wanted = min(parallelism, completions - succeeded)
    surplus = len(tally.active) - wanted
    if surplus > 0:
        return _dismiss(sorted(tally.active, key=deletion_order)[:surplus]), None
    missing = -surplus
    policy = spec.get("podReplacementPolicy") or (
        "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    )
    if policy == "Failed":
        missing -= tally.terminating
    if missing <= 0:
        return [], None
    due = _backoff_ends(pods, settings)
    if due is not None and now < due:
        return [], due
    missing = min(missing, _MOST_CREATIONS)
    if not is_indexed(spec):
        return [Create(_new_pod(job, None)) for _ in range(missing)], None
    taken = {index_of(pod) for pod in tally.active} | set(tally.indexes)
    free = (index for index in range(completions or 0) if index not in taken)
    return [
        Create(_new_pod(job, index)) for index, _ in zip(free, range(missing), strict=False)
    ], None


def _new_pod(job: Manifest, index: int | None) -> Manifest:
    name, uid = job["metadata"]["name"], job["metadata"]["uid"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    template = job["spec"]["template"]
    if index is None:
        return pod_from_template(job, template, labels=labels, finalizers=(TRACKING,))
    pod = pod_from_template(
        job,
        template,
        labels={**labels, INDEX: str(index)},
        annotations={INDEX: str(index)},
        finalizers=(TRACKING,),
    )
    pod["metadata"]["generateName"] = generated_prefix(f"{name}-{index}")
    variable = {
        "name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX}']"}},
    }
    spec = {**pod["spec"], "hostname": f"{name}-{index}"}
    for field in ("initContainers", "containers"):
        if spec.get(field):
            spec[field] = [
                {**container, "env": [*(container.get("env") or ()), variable]}
                for container in spec[field]
            ]
    pod["spec"] = spec
    return pod


def _backoff_ends(pods: Sequence[Manifest], settings: ControllerSettings) -> float | None:
    """Return until when no Pod may replace the failed ones: doubled with each failure in a row."""
    success = max((_finished_at(pod) for pod in pods if phase_of(pod) == "Succeeded"), default=0.0)
    failures = [
        moment
        for pod in pods
        if phase_of(pod) == "Failed" and (moment := _finished_at(pod)) > success
    ]
    if not failures:
        return None
    # 2 ** 20 is past any limit, and keeps the power small.
    delay = settings.job_backoff * 2.0 ** min(len(failures) - 1, 20)
    return max(failures) + min(delay, settings.job_backoff_limit)


def _finished_at(pod: Manifest) -> float:
    status = pod.get("status") or {}
    ends = [
        parse_time(ended.get("finishedAt"))
        for field in ("initContainerStatuses", "containerStatuses")
        for container in status.get(field) or ()
        if (ended := (container.get("state") or {}).get("terminated"))
    ]
    known = [moment for moment in ends if moment is not None]
    return max(known) if known else parse_time(pod["metadata"].get("creationTimestamp")) or 0.0


def _after_the_end(job: Manifest, pods: Sequence[Manifest], now: float) -> Outcome:
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    if ttl is None:
        return Outcome(release(pods))
    ended = max(
        parse_time(condition.get("lastTransitionTime")) or now
        for condition in job["status"]["conditions"]
        if condition["type"] in {"Complete", "Failed"}
    )
    if now < ended + ttl:
        return Outcome(release(pods), ended + ttl)
    return Outcome((*release(pods), Delete(job, "Foreground")))


def _deadline(spec: dict[str, Any], started: str | None) -> float | None:
    seconds = spec.get("activeDeadlineSeconds")
    since = parse_time(started)
    if seconds is None or since is None:
        return None
    return float(since) + float(seconds) + _STORED_TIME_SLACK


def _finished(status: dict[str, Any]) -> bool:
    return any(
        condition.get("type") in {"Complete", "Failed"} and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )


def _finalizers(pod: Manifest) -> dict[str, Any]:
    kept = [name for name in pod["metadata"].get("finalizers") or () if name != TRACKING]
    return {"metadata": {"finalizers": kept or None}}


def _dismiss(pods: Sequence[Manifest]) -> list[Write]:
    """Let go of Pods first, so that their deletion counts as no failure, then delete them."""
    return [*release(pods), *(Delete(pod) for pod in pods)]


def _condition(
    conditions: list[dict[str, Any]],
    name: str,
    reason: str,
    message: str,
    now: float,
    *,
    status: bool = True,
) -> list[dict[str, Any]]:
    return with_condition(
        conditions,
        name,
        status,
        reason=reason,
        message=message,
        now=now,
        time_field="lastProbeTime",
    )


def _without_empty(status: dict[str, Any]) -> dict[str, Any]:
    """Drop what the API omits when it is empty; what is known to be nothing stays."""
    return {
        field: value
        for field, value in status.items()
        if value or (field in _KNOWN and value is not None)
    }
