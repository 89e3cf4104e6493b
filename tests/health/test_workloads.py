from typing import Any

import pytest

from tenter.health import Health, assess


def workload(
    kind: str, spec: dict[str, Any], generation: int = 2, observed: int | None = 2, **status: Any
) -> dict[str, Any]:
    if observed is not None:
        status["observedGeneration"] = observed
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "generation": generation},
        "spec": spec,
        "status": status,
    }


def verdict(obj: dict[str, Any]) -> Health:
    health = assess(obj)
    assert health is not None
    return health


def deployment(**status: Any) -> dict[str, Any]:
    return workload("Deployment", {"replicas": 3}, **status)


KINDS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("observed", [1, None])
def test_a_workload_whose_controller_is_behind_is_progressing(
    kind: str, observed: int | None
) -> None:
    assert verdict(workload(kind, {"replicas": 0}, observed=observed)).status == "Progressing"


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_scaled_to_nothing_is_healthy(kind: str) -> None:
    assert verdict(workload(kind, {"replicas": 0})).status == "Healthy"


@pytest.mark.parametrize(
    ("status", "health", "message"),
    [
        ({}, "Progressing", "0 of 3 replicas are updated"),
        (
            {"updatedReplicas": 3, "replicas": 4, "availableReplicas": 3},
            "Progressing",
            "1 old replica is still to be stopped",
        ),
        (
            {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 2},
            "Progressing",
            "2 of 3 replicas are available",
        ),
        ({"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}, "Healthy", ""),
    ],
)
def test_a_deployment_waits_for_its_roll_out(
    status: dict[str, Any], health: str, message: str
) -> None:
    assert verdict(deployment(**status)) == Health(health, message)  # type: ignore[arg-type]


def test_a_deployment_past_its_deadline_is_degraded() -> None:
    late = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    health = verdict(deployment(conditions=[late]))
    assert (health.status, health.message) == ("Degraded", "timed out; 0 of 3 replicas are updated")


def test_a_deadline_of_an_earlier_change_does_not_count() -> None:
    late = {"type": "Progressing", "reason": "ProgressDeadlineExceeded"}
    assert verdict(deployment(conditions=[late], observed=1)).status == "Progressing"


def test_a_paused_deployment_is_suspended() -> None:
    assert verdict(workload("Deployment", {"paused": True})).status == "Suspended"


def test_a_deployment_without_replicas_in_its_spec_wants_one() -> None:
    assert verdict(workload("Deployment", {})).message == "0 of 1 replicas are updated"


@pytest.mark.parametrize(
    ("spec", "status", "health"),
    [
        ({}, {"readyReplicas": 1}, "Progressing"),
        ({}, {"readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"}, "Progressing"),
        ({}, {"readyReplicas": 2, "currentRevision": "b", "updateRevision": "b"}, "Healthy"),
        (
            {"updateStrategy": {"type": "OnDelete"}},
            {"readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"},
            "Healthy",
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"partition": 1}}},
            {"readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"},
            "Progressing",
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"partition": 1}}},
            {
                "readyReplicas": 2,
                "updatedReplicas": 1,
                "currentRevision": "a",
                "updateRevision": "b",
            },
            "Healthy",
        ),
    ],
)
def test_a_stateful_set_waits_for_its_roll_out(
    spec: dict[str, Any], status: dict[str, Any], health: str
) -> None:
    assert verdict(workload("StatefulSet", {"replicas": 2, **spec}, **status)).status == health


@pytest.mark.parametrize(
    ("spec", "status", "health"),
    [
        ({}, {"updatedNumberScheduled": 1}, "Progressing"),
        ({}, {"updatedNumberScheduled": 2, "numberAvailable": 1}, "Progressing"),
        ({}, {"updatedNumberScheduled": 2, "numberAvailable": 2}, "Healthy"),
        ({"updateStrategy": {"type": "OnDelete"}}, {}, "Healthy"),
    ],
)
def test_a_daemon_set_waits_for_its_roll_out(
    spec: dict[str, Any], status: dict[str, Any], health: str
) -> None:
    obj = workload("DaemonSet", spec, desiredNumberScheduled=2, **status)
    assert verdict(obj).status == health


def test_a_replica_set_waits_for_available_replicas() -> None:
    obj = workload("ReplicaSet", {"replicas": 2}, availableReplicas=1)
    assert verdict(obj) == Health(
        "Progressing",  # type: ignore[arg-type]
        "1 of 2 replicas are available",
    )


def test_a_replica_set_that_is_refused_its_pods_is_degraded() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    obj = workload("ReplicaSet", {"replicas": 2}, conditions=[refused])
    assert verdict(obj) == Health("Degraded", "exceeded quota")  # type: ignore[arg-type]
