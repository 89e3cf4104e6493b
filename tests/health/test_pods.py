from typing import Any

import pytest

from tenter.health import Health, HealthStatus, assess, waiting_reason

Pod = dict[str, Any]


def pod(
    phase: str,
    *containers: dict[str, Any],
    restart: str = "Never",
    ready: bool = False,
    annotations: dict[str, str] | None = None,
    **status: Any,
) -> Pod:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "annotations": annotations or {}},
        "spec": {"restartPolicy": restart},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": list(containers),
            **status,
        },
    }


def waiting(reason: str, message: str = "", name: str = "main") -> dict[str, Any]:
    return {"name": name, "state": {"waiting": {"reason": reason, "message": message}}}


def ended(code: int, name: str = "main", **more: str) -> dict[str, Any]:
    return {"name": name, "state": {"terminated": {"exitCode": code, **more}}}


def verdict(obj: Pod) -> Health:
    health = assess(obj)
    assert health is not None
    return health


@pytest.mark.parametrize(
    ("obj", "status"),
    [
        (pod("Pending"), "Progressing"),
        (pod("Running"), "Progressing"),
        (pod("Succeeded"), "Healthy"),
        (pod("Failed"), "Degraded"),
        (pod("Unknown"), "Unknown"),
        (pod("Running", restart="OnFailure", ready=True), "Progressing"),
        (pod("Running", restart="Always", ready=True), "Healthy"),
        (pod("Running", restart="Always"), "Progressing"),
    ],
)
def test_a_pod_is_judged_by_phase_and_restart_policy(obj: Pod, status: str) -> None:
    assert verdict(obj).status == status


def test_a_pod_without_any_status_is_progressing() -> None:
    assert verdict({"apiVersion": "v1", "kind": "Pod"}).status is HealthStatus.PROGRESSING


def test_a_failed_pod_names_its_container_and_exit_code() -> None:
    failed = pod("Failed", ended(0, "sidecar"), ended(3, "main"))
    assert verdict(failed).message == 'container "main" failed with exit code 3'


def test_a_failed_init_container_is_named_first() -> None:
    failed = pod("Failed", ended(1), initContainerStatuses=[ended(7, "prepare")])
    assert verdict(failed).message == 'container "prepare" failed with exit code 7'


def test_a_containers_own_termination_message_is_told() -> None:
    assert verdict(pod("Failed", ended(1, message="no such table"))).message == "no such table"


def test_a_container_killed_for_memory_is_named_so() -> None:
    assert "OOMKilled" in verdict(pod("Failed", ended(137, reason="OOMKilled"))).message


def test_a_pods_own_message_is_told_before_its_containers() -> None:
    assert verdict(pod("Failed", ended(1), message="evicted")).message == "evicted"


def test_an_image_that_cannot_be_pulled_degrades_a_pod_that_runs_for_ever() -> None:
    health = verdict(pod("Pending", waiting("ImagePullBackOff", "no such image"), restart="Always"))
    assert health.status is HealthStatus.DEGRADED
    assert "no such image" in health.message


def test_an_image_that_cannot_be_pulled_leaves_a_hook_pod_progressing() -> None:
    health = verdict(pod("Pending", waiting("ImagePullBackOff", "no such image")))
    assert health.status is HealthStatus.PROGRESSING
    assert health.message == 'ImagePullBackOff: container "main": no such image'


@pytest.mark.parametrize(
    "reason", ["ErrImagePull", "CreateContainerConfigError", "CrashLoopBackOff"]
)
def test_a_container_stuck_in_waiting_degrades_a_pod_that_runs_for_ever(reason: str) -> None:
    assert verdict(pod("Running", waiting(reason), restart="Always")).status == "Degraded"


def test_a_pod_whose_container_crashed_and_is_not_ready_is_degraded() -> None:
    crashed = {"name": "main", "lastState": {"terminated": {"exitCode": 2}}}
    health = verdict(pod("Running", crashed, restart="Always"))
    assert health.status is HealthStatus.DEGRADED
    assert "exit code 2" in health.message


def test_ignore_restart_policy_judges_a_running_pod_by_readiness() -> None:
    annotations = {"argocd.argoproj.io/ignore-restart-policy": "true"}
    running = pod("Running", restart="Never", ready=True, annotations=annotations)
    assert verdict(running).status is HealthStatus.HEALTHY


IGNORING = {"argocd.argoproj.io/ignore-restart-policy": "true"}


@pytest.mark.parametrize("hook", ["argocd.argoproj.io/hook", "helm.sh/hook"])
def test_ignore_restart_policy_ends_no_hook_that_is_ready(hook: str) -> None:
    running = pod("Running", ready=True, annotations={**IGNORING, hook: "PostSync"})
    assert verdict(running).status is HealthStatus.PROGRESSING


def test_ignore_restart_policy_also_judges_a_container_that_is_stuck() -> None:
    stuck = pod("Running", waiting("ImagePullBackOff"), annotations=IGNORING)
    assert verdict(stuck).status is HealthStatus.DEGRADED


@pytest.mark.parametrize(("phase", "status"), [("Succeeded", "Healthy"), ("Failed", "Degraded")])
def test_ignore_restart_policy_changes_nothing_once_a_pod_has_ended(
    phase: str, status: str
) -> None:
    assert verdict(pod(phase, annotations=IGNORING)).status == status


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (pod("Running"), ""),
        (pod("Pending", waiting("ContainerCreating")), "ContainerCreating"),
        (
            pod("Pending", waiting("CreateContainerConfigError", "secret not found")),
            'CreateContainerConfigError: container "main": secret not found',
        ),
        (
            pod("Pending", waiting("PodInitializing"), waiting("ErrImagePull", name="b")),
            'ErrImagePull: container "b"',
        ),
        (
            pod(
                "Pending",
                conditions=[
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/1 nodes are available",
                    }
                ],
            ),
            "Unschedulable: 0/1 nodes are available",
        ),
    ],
)
def test_a_waiting_pod_says_why(obj: Pod, reason: str) -> None:
    assert waiting_reason(obj) == reason


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (
            pod("Failed", reason="Evicted", message="The node was low on resource: memory. "),
            "Evicted: The node was low on resource: memory.",
        ),
        (pod("Failed", reason="NodeLost"), "NodeLost"),
        (pod("Failed"), "the Pod failed"),
        (pod("Pending"), "waiting to be scheduled"),
        (
            pod("Pending", conditions=[{"type": "PodScheduled", "status": "True"}]),
            "waiting for its node to start it",
        ),
        (
            pod("Running", {"name": "a"}, {"name": "b", "ready": True}, restart="Always"),
            'container "a" is not ready yet',
        ),
        (
            pod("Running", {"name": "a"}, {"name": "b"}, restart="Always"),
            'container "a" and container "b" are not ready yet',
        ),
    ],
)
def test_a_message_says_what_a_person_needs(obj: Pod, message: str) -> None:
    assert verdict(obj).message == message


def test_a_container_that_crashes_again_and_again_tells_its_last_exit_code() -> None:
    crashing = {
        **waiting("CrashLoopBackOff", "back-off 40s"),
        "restartCount": 5,
        "lastState": {"terminated": {"exitCode": 3}},
    }
    assert verdict(pod("Running", crashing, restart="Always")).message == (
        'CrashLoopBackOff: container "main" ended with exit code 3 (5 restarts): back-off 40s'
    )
