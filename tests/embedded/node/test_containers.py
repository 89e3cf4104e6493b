from __future__ import annotations

from typing import Any

import pytest

from tenter.embedded.node.containers import (
    ContainerState,
    Exit,
    PodFacts,
    phase_of_states,
    pod_status,
)
from tenter.embedded.timestamps import format_time
from tenter.manifests import Manifest

NOW = 1_800_000_000.0
FACTS = PodFacts(host_address="127.0.0.1", address="10.0.0.1", started_at=NOW)


def pod(policy: str = "Never", **status: Any) -> Manifest:
    return {"metadata": {"generation": 1}, "spec": {"restartPolicy": policy}, "status": status}


def running(name: str = "main", *, ready: bool = True) -> ContainerState:
    state = ContainerState(name=name)
    state.begin(NOW, "tenter://1")
    state.started, state.ready = True, ready
    return state


def ended(code: int, name: str = "main", *, is_init: bool = False) -> ContainerState:
    state = ContainerState(name=name, is_init=is_init)
    state.begin(NOW, "tenter://1")
    state.end(Exit(code), NOW + 1)
    return state


@pytest.mark.parametrize(
    ("policy", "states", "phase"),
    [
        ("Never", [ContainerState(name="main")], "Pending"),
        ("Never", [running()], "Running"),
        ("Never", [ended(0)], "Succeeded"),
        ("Never", [ended(1)], "Failed"),
        ("Never", [ended(0), ended(1)], "Failed"),
        ("Never", [ended(1), running()], "Running"),
        ("OnFailure", [ended(0)], "Succeeded"),
        ("OnFailure", [ended(1)], "Running"),
        ("Always", [ended(0)], "Running"),
        ("Always", [ended(1)], "Running"),
    ],
)
def test_the_phase_follows_from_the_containers_and_the_restart_policy(
    policy: str, states: list[ContainerState], phase: str
) -> None:
    assert phase_of_states(pod(policy), [], states) == phase


@pytest.mark.parametrize(
    ("policy", "code", "phase"), [("Never", 1, "Failed"), ("OnFailure", 1, "Pending")]
)
def test_a_failed_init_container_fails_only_pods_that_never_restart(
    policy: str, code: int, phase: str
) -> None:
    inits = [ended(code, "setup", is_init=True)]
    assert phase_of_states(pod(policy), inits, [ContainerState(name="main")]) == phase


def test_a_ready_pod_has_all_conditions() -> None:
    status = pod_status(pod(), FACTS, [], [running()], NOW)
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "PodReadyToStartContainers": "True",
        "Initialized": "True",
        "Ready": "True",
        "ContainersReady": "True",
        "PodScheduled": "True",
    }
    assert (status["podIP"], status["startTime"]) == ("10.0.0.1", format_time(NOW))


def test_a_container_that_is_not_ready_is_named() -> None:
    status = pod_status(pod(), FACTS, [], [running(ready=False)], NOW)
    ready = next(each for each in status["conditions"] if each["type"] == "Ready")
    assert ready["reason"] == "ContainersNotReady"
    assert ready["message"] == "containers with unready status: [main]"


def test_a_condition_that_did_not_turn_keeps_its_time() -> None:
    first = pod_status(pod(), FACTS, [], [running()], NOW)
    second = pod_status(pod(**first), FACTS, [], [running()], NOW + 60)
    assert second["conditions"] == first["conditions"]


def test_conditions_of_others_are_kept() -> None:
    other = {"type": "example.com/gate", "status": "True"}
    status = pod_status(pod(conditions=[other]), FACTS, [], [running()], NOW)
    assert other in status["conditions"]


def test_an_open_readiness_gate_keeps_the_pod_from_being_ready() -> None:
    item = pod()
    item["spec"]["readinessGates"] = [{"conditionType": "example.com/gate"}]
    status = pod_status(item, FACTS, [], [running()], NOW)
    ready = next(each for each in status["conditions"] if each["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "ReadinessGatesNotReady")


def test_an_ended_container_tells_how() -> None:
    state = ContainerState(name="main")
    state.begin(NOW, "tenter://1")
    state.end(Exit(137, "OOMKilled", "too much", 9), NOW + 5)
    assert state.state() == {
        "terminated": {
            "exitCode": 137,
            "reason": "OOMKilled",
            "message": "too much",
            "signal": 9,
            "startedAt": format_time(NOW),
            "finishedAt": format_time(NOW + 5),
            "containerID": "tenter://1",
        }
    }


def test_a_container_that_waits_to_restart_remembers_its_last_end() -> None:
    state = ended(1)
    state.await_restart("CrashLoopBackOff", "wait")
    status = state.status()
    assert status["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "wait"}}
    assert status["lastState"]["terminated"]["exitCode"] == 1
