"""A Deployment's status: the counts over its ReplicaSets, Available, Progressing. Pure.

Source of the rules: the Deployment API (apps/v1) and its documentation of conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers.conditions import with_condition, without_condition
from tenter.embedded.controllers.pods import condition_of
from tenter.embedded.controllers.rollout import read_bounds
from tenter.embedded.controllers.writes import Write, WriteStatus
from tenter.embedded.timestamps import parse_time
from tenter.manifests import Manifest

_NO_DEADLINE = 2**31 - 1
"""``progressDeadlineSeconds`` of this value means none, by the API."""


def recreates(spec: dict[str, Any]) -> bool:
    """Return whether a Deployment ends its old Pods before it starts new ones."""
    return (spec.get("strategy") or {}).get("type") == "Recreate"


def number_of(replica_set: Manifest, field: str) -> int:
    """Return a number of a ReplicaSet's status, 0 where it is not there."""
    return int((replica_set.get("status") or {}).get(field) or 0)


def is_complete(deployment: Manifest, owned: Sequence[Manifest], new: Manifest | None) -> bool:
    """Return whether a rollout is over: all Pods are of the new ReplicaSet, and available."""
    replicas = deployment["spec"].get("replicas", 1)
    return (
        new is not None
        and number_of(new, "replicas") == replicas
        and number_of(new, "availableReplicas") >= replicas
        and sum(number_of(item, "replicas") for item in owned) == replicas
        and number_of(new, "observedGeneration") >= new["metadata"].get("generation", 0)
    )


def deployment_status(
    deployment: Manifest,
    owned: Sequence[Manifest],
    new: Manifest | None,
    now: float,
    *,
    created: bool,
) -> tuple[tuple[Write, ...], float | None]:
    """Return the write of the status, if it changes, and when to look again (Unix seconds).

    ``new`` is the ReplicaSet of the present template, among the ``owned``; ``created`` says that it
    is about to be made.
    """
    spec = deployment["spec"]
    before: dict[str, Any] = deployment.get("status") or {}
    replicas = spec.get("replicas", 1)
    total = sum(number_of(item, "replicas") for item in owned)
    available = sum(number_of(item, "availableReplicas") for item in owned)
    wanted = sum(item["spec"].get("replicas", 1) for item in owned)
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total,
        "updatedReplicas": number_of(new, "replicas") if new else 0,
        "readyReplicas": sum(number_of(item, "readyReplicas") for item in owned),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(wanted, replicas) - available),
        "terminatingReplicas": sum(number_of(item, "terminatingReplicas") for item in owned),
        "collisionCount": before.get("collisionCount"),
    }
    unavailable = 0 if recreates(spec) else read_bounds(spec.get("strategy"), replicas)[1]
    enough = available >= replicas - unavailable
    conditions = with_condition(
        list(before.get("conditions") or ()),
        "Available",
        enough,
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=(
            "Deployment has minimum availability."
            if enough
            else "Deployment does not have minimum availability."
        ),
        now=now,
        moves=True,
    )
    conditions, wake_at = _progress(
        deployment, owned, new, counts, conditions, now=now, created=created
    )
    status = {
        field: value for field, value in counts.items() if value or field == "terminatingReplicas"
    }
    status["conditions"] = conditions
    if status == before:
        return (), wake_at
    return (WriteStatus({**deployment, "status": status}),), wake_at


def _progress(
    deployment: Manifest,
    owned: Sequence[Manifest],
    new: Manifest | None,
    counts: dict[str, Any],
    conditions: list[dict[str, Any]],
    *,
    now: float,
    created: bool,
) -> tuple[list[dict[str, Any]], float | None]:
    """Return ``conditions`` with Progressing brought up to date, and when the deadline passes."""
    spec = deployment["spec"]
    before: dict[str, Any] = deployment.get("status") or {}
    deadline = spec.get("progressDeadlineSeconds", 600)
    present = condition_of(deployment, "Progressing")
    name = deployment["metadata"]["name"]
    what = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{name}"'
    if deadline == _NO_DEADLINE:
        return without_condition(conditions, "Progressing"), None

    def progressing(status: bool, reason: str, message: str) -> list[dict[str, Any]]:
        return with_condition(
            conditions,
            "Progressing",
            status,
            reason=reason,
            message=message,
            now=now,
            moves=True,
        )

    if spec.get("paused"):
        if present is not None and present.get("reason") == "NewReplicaSetAvailable":
            return conditions, None
        return (
            [
                condition
                if condition.get("type") != "Progressing"
                else {
                    **condition,
                    "status": "Unknown",
                    "reason": "DeploymentPaused",
                    "message": "Deployment is paused",
                }
                for condition in conditions
            ],
            None,
        )
    if created:
        return progressing(
            True, "NewReplicaSetCreated", f"Created a new replica set for {what}"
        ), None
    if is_complete(deployment, owned, new):
        return (
            progressing(True, "NewReplicaSetAvailable", f"{what} has successfully progressed."),
            None,
        )
    moved = any(
        (counts[field] or 0) > (before.get(field) or 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    ) or (counts["replicas"] - counts["updatedReplicas"]) < (
        (before.get("replicas") or 0) - (before.get("updatedReplicas") or 0)
    )
    if present is None or moved or present.get("reason") == "DeploymentPaused":
        # Any step forward starts the deadline anew, so the condition's update time must move.
        stale = [
            {**condition, "message": ""} if condition.get("type") == "Progressing" else condition
            for condition in conditions
        ]
        return (
            with_condition(
                stale,
                "Progressing",
                True,
                reason="ReplicaSetUpdated",
                message=f"{what} is progressing.",
                now=now,
                moves=True,
            ),
            now + deadline,
        )
    if present.get("reason") == "NewReplicaSetAvailable":
        if before.get("observedGeneration") == counts["observedGeneration"]:
            # Complete once is complete: a Pod lost later is Available's matter.
            return conditions, None
        return progressing(True, "ReplicaSetUpdated", f"{what} is progressing."), now + deadline
    if present.get("status") == "False":
        return conditions, None
    since = parse_time(present.get("lastUpdateTime")) or now
    # The stored time lost its fraction; the deadline must not come early.
    due = since + deadline + 1
    if now >= due:
        return (
            progressing(False, "ProgressDeadlineExceeded", f"{what} has timed out progressing."),
            None,
        )
    return conditions, due
