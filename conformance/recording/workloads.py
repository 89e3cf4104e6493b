"""Stories of Deployments, ReplicaSets, StatefulSets and DaemonSets."""

from __future__ import annotations

from typing import Any

from conformance.recording.objects import (
    NEVER_READY,
    NO_IMAGE,
    RUNS,
    counts,
    holds,
    quota,
    replacing,
    workload,
)
from conformance.recording.stage import Stage
from conformance.recording.stories import story
from tenter.manifests import Manifest

TWO_ARE_THERE = counts(replicas=2, updatedReplicas=2, availableReplicas=2)


async def no_pods_allowed(stage: Stage) -> None:
    """Have the API server refuse every Pod."""
    await stage.create(quota())
    await stage.other_until(quota(), lambda state: "pods" in state["status"]["hard"])


def deployment(outcome: str, **spec: Any) -> Manifest:
    """Return a Deployment of two replicas."""
    return workload("Deployment", outcome, **{"replicas": 2, **spec})


@story("apps/v1", "Deployment")
async def deployment_rolls_out(stage: Stage) -> None:
    await stage.create(deployment(RUNS))
    await stage.until(TWO_ARE_THERE)


@story("apps/v1", "Deployment")
async def deployment_updates(stage: Stage) -> None:
    subject = deployment(RUNS)
    await stage.create(subject)
    await stage.until(TWO_ARE_THERE)
    await stage.patch(subject, replacing(RUNS))
    await stage.until(
        lambda state: TWO_ARE_THERE(state) and state["status"]["observedGeneration"] == 2
    )


@story("apps/v1", "Deployment")
async def deployment_recreates_its_pods(stage: Stage) -> None:
    subject = deployment(RUNS, strategy={"type": "Recreate"})
    await stage.create(subject)
    await stage.until(TWO_ARE_THERE)
    await stage.patch(subject, replacing(RUNS))
    await stage.until(
        lambda state: TWO_ARE_THERE(state) and state["status"]["observedGeneration"] == 2
    )


@story("apps/v1", "Deployment")
async def deployment_stalls_and_recovers(stage: Stage) -> None:
    subject = deployment(NEVER_READY, progressDeadlineSeconds=2)
    await stage.create(subject)
    await stage.until(holds("Progressing", "False", "ProgressDeadlineExceeded"))
    await stage.patch(subject, replacing(RUNS))
    await stage.until(TWO_ARE_THERE)


@story("apps/v1", "Deployment")
async def deployment_update_stalls(stage: Stage) -> None:
    subject = deployment(RUNS, progressDeadlineSeconds=3)
    await stage.create(subject)
    await stage.until(TWO_ARE_THERE)
    await stage.patch(subject, replacing(NO_IMAGE))
    await stage.until(holds("Progressing", "False", "ProgressDeadlineExceeded"))


@story("apps/v1", "Deployment")
async def deployment_waits_for_an_image(stage: Stage) -> None:
    await stage.create(deployment(NO_IMAGE))
    await stage.until(counts(replicas=2, updatedReplicas=2, unavailableReplicas=2))


@story("apps/v1", "Deployment")
async def deployment_may_have_no_pods(stage: Stage) -> None:
    await no_pods_allowed(stage)
    await stage.create(deployment(RUNS, progressDeadlineSeconds=2))
    await stage.until(holds("ReplicaFailure"))
    await stage.until(holds("Progressing", "False", "ProgressDeadlineExceeded"))


@story("apps/v1", "Deployment")
async def deployment_must_be_ready_for_a_while(stage: Stage) -> None:
    await stage.create(deployment(RUNS, minReadySeconds=2))
    await stage.until(TWO_ARE_THERE)


@story("apps/v1", "Deployment")
async def deployment_is_paused_and_resumed(stage: Stage) -> None:
    subject = deployment(RUNS)
    await stage.create(subject)
    await stage.until(TWO_ARE_THERE)
    await stage.patch(subject, {"spec": {"paused": True}})
    await stage.until(holds("Progressing", "Unknown", "DeploymentPaused"))
    await stage.patch(subject, replacing(RUNS))
    await stage.until(lambda state: state["status"]["observedGeneration"] == 3)
    await stage.patch(subject, {"spec": {"paused": False}})
    await stage.until(
        lambda state: TWO_ARE_THERE(state) and state["status"]["observedGeneration"] == 4
    )


@story("apps/v1", "Deployment")
async def deployment_is_scaled_to_nothing(stage: Stage) -> None:
    subject = deployment(RUNS)
    await stage.create(subject)
    await stage.until(TWO_ARE_THERE)
    await stage.patch(subject, {"spec": {"replicas": 0}})
    await stage.until(counts(replicas=0, observedGeneration=2))


@story("apps/v1", "Deployment")
async def deployment_loses_a_pod(stage: Stage) -> None:
    await stage.create(deployment("crash-loop exit=2 after=1 times=1"))
    await stage.until(TWO_ARE_THERE)
    await stage.until(lambda state: state["status"]["unavailableReplicas"] >= 1)
    await stage.until(TWO_ARE_THERE)


@story("apps/v1", "ReplicaSet")
async def replica_set_becomes_available(stage: Stage) -> None:
    await stage.create(workload("ReplicaSet", RUNS, replicas=2))
    await stage.until(counts(replicas=2, availableReplicas=2))


@story("apps/v1", "ReplicaSet")
async def replica_set_is_never_ready(stage: Stage) -> None:
    await stage.create(workload("ReplicaSet", NEVER_READY, replicas=2))
    await stage.until(counts(replicas=2))


@story("apps/v1", "ReplicaSet")
async def replica_set_may_have_no_pods(stage: Stage) -> None:
    await no_pods_allowed(stage)
    await stage.create(workload("ReplicaSet", RUNS, replicas=2))
    await stage.until(holds("ReplicaFailure"))


def stateful_set(outcome: str, **spec: Any) -> Manifest:
    """Return a StatefulSet of two replicas."""
    return workload("StatefulSet", outcome, **{"replicas": 2, "serviceName": "subject", **spec})


def at_revision(state: Manifest) -> bool:
    """Tell a StatefulSet whose update is done."""
    status = state["status"]
    return bool(
        status["observedGeneration"] == state["metadata"]["generation"] == 2
        and status["currentRevision"] == status["updateRevision"]
        and status["readyReplicas"] == 2
    )


@story("apps/v1", "StatefulSet")
async def stateful_set_rolls_out_and_updates(stage: Stage) -> None:
    subject = stateful_set(RUNS)
    await stage.create(subject)
    await stage.until(counts(readyReplicas=2, updatedReplicas=2))
    await stage.patch(subject, replacing(RUNS))
    await stage.until(at_revision)


@story("apps/v1", "StatefulSet")
async def stateful_set_is_stuck_at_its_first_pod(stage: Stage) -> None:
    await stage.create(stateful_set(NEVER_READY))
    await stage.until(counts(replicas=1))


@story("apps/v1", "StatefulSet")
async def stateful_set_starts_all_at_once(stage: Stage) -> None:
    await stage.create(stateful_set(RUNS, podManagementPolicy="Parallel"))
    await stage.until(counts(readyReplicas=2, updatedReplicas=2))


@story("apps/v1", "StatefulSet")
async def stateful_set_update_is_stuck(stage: Stage) -> None:
    subject = stateful_set(RUNS)
    await stage.create(subject)
    await stage.until(counts(readyReplicas=2, updatedReplicas=2))
    await stage.patch(subject, replacing(NO_IMAGE))
    await stage.until(counts(observedGeneration=2, updatedReplicas=1, readyReplicas=1))


@story("apps/v1", "StatefulSet")
async def stateful_set_updates_on_deletion(stage: Stage) -> None:
    subject = stateful_set(RUNS, updateStrategy={"type": "OnDelete"})
    await stage.create(subject)
    await stage.until(counts(readyReplicas=2, updatedReplicas=2))
    await stage.patch(subject, replacing(RUNS))
    await stage.until(counts(observedGeneration=2, readyReplicas=2))


@story("apps/v1", "StatefulSet")
async def stateful_set_updates_a_partition(stage: Stage) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    subject = stateful_set(RUNS, updateStrategy=strategy)
    await stage.create(subject)
    await stage.until(counts(readyReplicas=2, updatedReplicas=2))
    await stage.patch(subject, replacing(RUNS))
    await stage.until(counts(observedGeneration=2, readyReplicas=2, updatedReplicas=1))


@story("apps/v1", "StatefulSet")
async def stateful_set_is_scaled_to_nothing(stage: Stage) -> None:
    subject = stateful_set(RUNS, replicas=1)
    await stage.create(subject)
    await stage.until(counts(readyReplicas=1))
    await stage.patch(subject, {"spec": {"replicas": 0}})
    await stage.until(counts(observedGeneration=2, replicas=0))


@story("apps/v1", "StatefulSet")
async def stateful_set_may_have_no_pods(stage: Stage) -> None:
    await no_pods_allowed(stage)
    await stage.create(stateful_set(RUNS))
    await stage.until(counts(observedGeneration=1))


def daemon_set(outcome: str, **spec: Any) -> Manifest:
    """Return a DaemonSet."""
    return workload("DaemonSet", outcome, **spec)


ONE_RUNS = counts(desiredNumberScheduled=1, updatedNumberScheduled=1, numberAvailable=1)


@story("apps/v1", "DaemonSet")
async def daemon_set_rolls_out_and_updates(stage: Stage) -> None:
    subject = daemon_set(RUNS)
    await stage.create(subject)
    await stage.until(ONE_RUNS)
    await stage.patch(subject, replacing(RUNS))
    await stage.until(lambda state: ONE_RUNS(state) and state["status"]["observedGeneration"] == 2)


@story("apps/v1", "DaemonSet")
async def daemon_set_is_never_ready(stage: Stage) -> None:
    await stage.create(daemon_set(NEVER_READY))
    await stage.until(counts(desiredNumberScheduled=1, updatedNumberScheduled=1))


@story("apps/v1", "DaemonSet")
async def daemon_set_updates_on_deletion(stage: Stage) -> None:
    subject = daemon_set(RUNS, updateStrategy={"type": "OnDelete"})
    await stage.create(subject)
    await stage.until(ONE_RUNS)
    await stage.patch(subject, replacing(RUNS))
    await stage.until(counts(observedGeneration=2, numberAvailable=1))


@story("apps/v1", "DaemonSet")
async def daemon_set_fits_no_node(stage: Stage) -> None:
    subject = daemon_set(RUNS)
    subject["spec"]["template"]["spec"]["nodeSelector"] = {"example.com/gpu": "yes"}
    await stage.create(subject)
    await stage.until(counts(observedGeneration=1, desiredNumberScheduled=0))
