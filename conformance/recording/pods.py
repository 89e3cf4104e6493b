"""Stories of Pods. The node writes their status; what only other parts write has a stand-in."""

from __future__ import annotations

from conformance.recording.objects import (
    CONFIG_MISSING,
    HANGS,
    NEVER_READY,
    NO_IMAGE,
    RUNS,
    SUCCEEDS,
    being_deleted,
    holds,
    phase,
    pod,
    waiting,
)
from conformance.recording.stage import Stage
from conformance.recording.stories import story

ELSEWHERE = {"nodeName": "elsewhere"}
"""Has the recording's node leave a Pod alone, whose status is then written by a stand-in."""
UNSCHEDULED = {"schedulerName": "none"}


@story("v1", "Pod")
async def pod_becomes_ready(stage: Stage) -> None:
    await stage.create(pod(RUNS))
    await stage.until(holds("Ready"))


@story("v1", "Pod")
async def pod_is_never_ready(stage: Stage) -> None:
    await stage.create(pod(NEVER_READY))
    await stage.until(phase("Running"))


@story("v1", "Pod")
async def pod_completes(stage: Stage) -> None:
    await stage.create(pod(SUCCEEDS, "Never"))
    await stage.until(phase("Succeeded"))


@story("v1", "Pod")
async def pod_fails(stage: Stage) -> None:
    await stage.create(pod("fail exit=3", "Never"))
    await stage.until(phase("Failed"))


@story("v1", "Pod")
async def pod_fails_with_a_message(stage: Stage) -> None:
    await stage.create(pod('fail exit=3 message="no such table: orders"', "Never"))
    await stage.until(phase("Failed"))


@story("v1", "Pod")
async def pod_runs_out_of_memory(stage: Stage) -> None:
    await stage.create(pod("fail exit=137 reason=OOMKilled", "Never"))
    await stage.until(phase("Failed"))


@story("v1", "Pod")
async def init_container_fails(stage: Stage) -> None:
    inits = [{"name": "prepare", "image": "registry.example/shop:1"}]
    await stage.create(pod("fail exit=7 container=prepare", "Never", initContainers=inits))
    await stage.until(phase("Failed"))


@story("v1", "Pod")
async def init_container_crashes_again_and_again(stage: Stage) -> None:
    inits = [{"name": "prepare", "image": "registry.example/shop:1"}]
    await stage.create(pod("fail exit=7 container=prepare", initContainers=inits))
    await stage.until(
        lambda state: state["status"]["initContainerStatuses"][0]["restartCount"] >= 1
    )


@story("v1", "Pod")
async def init_image_cannot_be_pulled(stage: Stage) -> None:
    inits = [{"name": "prepare", "image": "registry.example/nothing:1"}]
    await stage.create(pod(f"{NO_IMAGE} container=prepare", initContainers=inits))
    await stage.until(
        lambda state: (
            state["status"]["initContainerStatuses"][0]["state"]["waiting"]["reason"]
            == "ImagePullBackOff"
        )
    )


@story("v1", "Pod")
async def pod_crashes_again_and_again(stage: Stage) -> None:
    await stage.create(pod("crash-loop exit=2 after=0.05"))
    await stage.until(waiting("CrashLoopBackOff", restarts=2))


@story("v1", "Pod")
async def hook_pod_crashes_again_and_again(stage: Stage) -> None:
    await stage.create(pod("crash-loop exit=2 after=0.05", "OnFailure"))
    await stage.until(waiting("CrashLoopBackOff", restarts=2))


@story("v1", "Pod")
async def hook_pod_fails_once_and_then_completes(stage: Stage) -> None:
    await stage.create(pod("fail exit=2 times=1", "OnFailure"))
    await stage.until(phase("Succeeded"))


@story("v1", "Pod")
async def image_cannot_be_pulled(stage: Stage) -> None:
    await stage.create(pod(NO_IMAGE))
    await stage.until(waiting("ImagePullBackOff"))


@story("v1", "Pod")
async def image_of_a_hook_cannot_be_pulled(stage: Stage) -> None:
    await stage.create(pod(NO_IMAGE, "Never"))
    await stage.until(waiting("ImagePullBackOff"))


@story("v1", "Pod")
async def config_map_is_missing(stage: Stage) -> None:
    await stage.create(pod(CONFIG_MISSING))
    await stage.until(waiting("CreateContainerConfigError"))


@story("v1", "Pod")
async def config_map_of_a_hook_is_missing(stage: Stage) -> None:
    await stage.create(pod(CONFIG_MISSING, "Never"))
    await stage.until(waiting("CreateContainerConfigError"))


@story("v1", "Pod")
async def pod_passes_its_deadline(stage: Stage) -> None:
    await stage.create(pod(HANGS, "Never", activeDeadlineSeconds=1))
    await stage.until(phase("Failed"))


@story("v1", "Pod")
async def sidecar_outlives_the_main_container(stage: Stage) -> None:
    sidecar = {"name": "proxy", "image": "registry.example/proxy:1", "restartPolicy": "Always"}
    await stage.create(pod("succeed after=0.1 container=main", "Never", initContainers=[sidecar]))
    await stage.until(phase("Succeeded"))


@story("v1", "Pod")
async def scheduling_is_gated(stage: Stage) -> None:
    await stage.create(pod(RUNS, schedulingGates=[{"name": "example.com/quota"}]))
    await stage.until(holds("PodScheduled", "False", "SchedulingGated"))


@story("v1", "Pod")
async def readiness_gate_stays_shut(stage: Stage) -> None:
    gates = [{"conditionType": "example.com/registered"}]
    await stage.create(pod(RUNS, readinessGates=gates))
    await stage.until(holds("ContainersReady"))


@story("v1", "Pod")
async def restart_policy_is_ignored(stage: Stage) -> None:
    ignoring = {"argocd.argoproj.io/ignore-restart-policy": "true"}
    await stage.create(pod(HANGS, "Never", annotations=ignoring))
    await stage.until(holds("Ready"))


@story("v1", "Pod")
async def pod_is_evicted_by_a_drain(stage: Stage) -> None:
    subject = pod(HANGS, "Never")
    await stage.create(subject)
    await stage.until(phase("Running"))
    await stage.evict(subject)
    await stage.until(being_deleted)


@story("v1", "Pod")
async def hook_pod_is_deleted_and_still_finishes(stage: Stage) -> None:
    subject = pod(HANGS, "Never")
    subject["metadata"]["finalizers"] = ["argocd.argoproj.io/hook-finalizer"]
    await stage.create(subject)
    await stage.until(phase("Running"))
    await stage.delete(subject)
    await stage.until(phase("Failed"))
    await stage.patch(subject, {"metadata": {"finalizers": None}})


@story("v1", "Pod")
async def pod_cannot_be_scheduled(stage: Stage) -> None:
    """Stand-in: the scheduler."""
    subject = pod(RUNS, **UNSCHEDULED)
    await stage.create(subject)
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are "
        "available: 3 No preemption victims found for incoming pod.",
        "lastProbeTime": None,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    await stage.write_status(subject, {"conditions": [condition]}, manager="kube-scheduler")
    await stage.until(holds("PodScheduled", "False"))


@story("v1", "Pod")
async def pod_is_evicted_by_its_node(stage: Stage) -> None:
    """Stand-in: a kubelet whose disk is full."""
    subject = pod(RUNS, **ELSEWHERE)
    await stage.create(subject)
    status = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, "
        "available: 10Mi. ",
        "conditions": [
            {
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "TerminationByKubelet",
                "message": "The node was low on resource: ephemeral-storage.",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ],
    }
    await stage.write_status(subject, status, manager="kubelet")
    await stage.until(phase("Failed"))
