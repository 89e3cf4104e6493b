"""Why a Job failed: by its container's end, and not only by its count of failures.

That a Job has reached its backoff limit is no help to whoever must mend it; that a container ended
with exit code 3 is. The Pods are those that are followed already, as a hook's are for its logs.
Where none is known the Job's own word stands.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tenter.engine import Sighting
from tenter.health import Health, HealthStatus, failure_message
from tenter.manifests import GroupKind, Manifest

_JOB = GroupKind("batch", "Job")
# Other reasons (a deadline, a failure policy) are the cause themselves, and say all.
_COUNTED = "BackoffLimitExceeded"


def has_counted_failures(sighting: Sighting, job: Manifest) -> bool:
    """Tell whether ``job`` is a Job that failed because its Pods failed too often."""
    health = sighting.health
    if sighting.key.group_kind != _JOB or health is None:
        return False
    conditions = (job.get("status") or {}).get("conditions") or ()
    return health.status is HealthStatus.DEGRADED and any(
        one.get("type") == "Failed" and one.get("reason") == _COUNTED for one in conditions
    )


def with_cause(sighting: Sighting, pods: Iterable[Manifest]) -> Sighting:
    """Return the sighting of a failed Job with the end of its last failed Pod's container first.

    ``pods`` are any Pods of its namespace; the Job's own word follows in brackets.
    """
    failed = [
        (_ended_at(pod), pod["metadata"]["name"], message)
        for pod in pods
        if _is_of(pod, sighting.uid)
        and (pod.get("status") or {}).get("phase") == "Failed"
        and (message := failure_message(pod))
    ]
    if not failed or sighting.health is None:
        return sighting
    cause = max(failed)[2]
    said = sighting.health.message
    health = Health(sighting.health.status, f"{cause} ({said})" if said else cause)
    return msgspec.structs.replace(sighting, health=health)


def _is_of(pod: Manifest, uid: str) -> bool:
    references = pod["metadata"].get("ownerReferences") or ()
    # A Pod that the Job's controller stopped ended by that, and caused nothing.
    stopped = bool(pod["metadata"].get("deletionTimestamp"))
    return not stopped and any(reference.get("uid") == uid for reference in references)


def _ended_at(pod: Manifest) -> str:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    ends = [(one.get("state") or {}).get("terminated") or {} for one in statuses]
    return max((end.get("finishedAt") or "" for end in ends), default="")
