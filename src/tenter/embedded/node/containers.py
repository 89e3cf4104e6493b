"""A container's states, and what they make of its Pod: phase, conditions, status. Pure.

Source of the rules: the Pod API (v1) and its documentation of the Pod lifecycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.timestamps import format_time
from tenter.manifests import Manifest


class Exit(msgspec.Struct, frozen=True):
    """How a container ended; ``reason`` empty means Completed or Error, by the code."""

    code: int
    reason: str = ""
    message: str = ""
    signal: int = 0


class ContainerState(msgspec.Struct, kw_only=True):
    """One container now: waiting (no start), running, or ended (``exit``). Times: Unix seconds."""

    name: str
    image: str = ""
    waiting: str = "ContainerCreating"
    message: str = ""
    started_at: float | None = None
    exit: Exit | None = None
    ended_at: float | None = None
    last: dict[str, Any] | None = None
    restarts: int = 0
    started: bool = False
    ready: bool = False
    is_init: bool = False
    keeps_running: bool = False
    """An init container that is restarted always: a sidecar."""
    identity: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the container runs now."""
        return self.started_at is not None and self.exit is None

    @property
    def has_succeeded(self) -> bool:
        """Whether the container ended well."""
        return self.exit is not None and self.exit.code == 0

    def state(self) -> dict[str, Any]:
        """Return the state as the API writes it."""
        if self.exit is not None:
            return {"terminated": self._terminated(self.exit)}
        if self.started_at is not None:
            return {"running": {"startedAt": format_time(self.started_at)}}
        waiting = {"reason": self.waiting}
        if self.message:
            waiting["message"] = self.message
        return {"waiting": waiting}

    def _terminated(self, end: Exit) -> dict[str, Any]:
        terminated: dict[str, Any] = {
            "exitCode": end.code,
            "reason": end.reason or ("Completed" if end.code == 0 else "Error"),
        }
        if end.signal:
            terminated["signal"] = end.signal
        if end.message:
            terminated["message"] = end.message
        if self.started_at is not None:
            terminated["startedAt"] = format_time(self.started_at)
        if self.ended_at is not None:
            terminated["finishedAt"] = format_time(self.ended_at)
        if self.identity:
            terminated["containerID"] = self.identity
        return terminated

    def status(self) -> dict[str, Any]:
        """Return the entry of ``containerStatuses``."""
        done = self.is_init and not self.keeps_running and self.has_succeeded
        status: dict[str, Any] = {
            "name": self.name,
            "image": self.image,
            "imageID": "",
            "state": self.state(),
            "lastState": self.last or {},
            "ready": done or (self.ready and self.is_running),
            "started": self.started and self.is_running,
            "restartCount": self.restarts,
        }
        if self.identity:
            status["containerID"] = self.identity
        return status

    def begin(self, now: float, identity: str) -> None:
        """Note that the container runs."""
        self.started_at, self.exit, self.ended_at = now, None, None
        self.started = self.ready = False
        self.identity = identity

    def end(self, how: Exit, now: float) -> None:
        """Note that the container ended."""
        self.exit, self.ended_at = how, now
        self.started = self.ready = False

    def await_restart(self, reason: str, message: str) -> None:
        """Note that the container waits to run again, counted as a restart when it does."""
        if self.exit is not None:
            self.last = self.state()
        self.started_at = self.exit = self.ended_at = None
        self.waiting, self.message = reason, message


class PodFacts(msgspec.Struct, kw_only=True):
    """What a Pod's status says besides its containers. Times in Unix seconds."""

    host_address: str
    address: str = ""
    started_at: float = 0.0
    failure: tuple[str, str] | None = None
    """Reason and message of a Pod that failed as a whole, such as DeadlineExceeded."""


def phase_of_states(
    pod: Manifest, inits: Sequence[ContainerState], mains: Sequence[ContainerState]
) -> str:
    """Return the phase that the containers amount to, by the Pod's restartPolicy."""
    policy = pod["spec"].get("restartPolicy", "Always")
    steps = [state for state in inits if not state.keeps_running]
    if any(state.exit is not None and not state.has_succeeded for state in steps) and (
        policy == "Never"
    ):
        return "Failed"
    if any(not state.has_succeeded for state in steps):
        return "Pending"
    # A Pod is not over before its sidecars are.
    alive = any(state.keeps_running and state.is_running for state in inits)
    if all(state.exit is not None for state in mains) and policy != "Always" and not alive:
        if all(state.has_succeeded for state in mains):
            return "Succeeded"
        if policy == "Never":
            return "Failed"
    untouched = all(
        state.started_at is None and state.exit is None and state.last is None for state in mains
    )
    return "Pending" if untouched else "Running"


def pod_status(
    pod: Manifest,
    facts: PodFacts,
    inits: Sequence[ContainerState],
    mains: Sequence[ContainerState],
    now: float,
) -> dict[str, Any]:
    """Return the whole status of ``pod``; times of conditions that did not turn are kept."""
    phase = "Failed" if facts.failure else phase_of_states(pod, inits, mains)
    finished = phase in {"Succeeded", "Failed"}
    unready = [state.name for state in mains if not (state.is_running and state.ready)]
    uninitialised = [
        state.name
        for state in inits
        if not (state.started if state.keeps_running else state.has_succeeded)
    ]
    status: dict[str, Any] = {
        "phase": phase,
        "hostIP": facts.host_address,
        "hostIPs": [{"ip": facts.host_address}],
        "startTime": format_time(facts.started_at),
        "observedGeneration": pod["metadata"].get("generation", 0),
        "qosClass": (pod.get("status") or {}).get("qosClass") or "BestEffort",
        "containerStatuses": [state.status() for state in mains],
    }
    if facts.address:
        status["podIP"] = facts.address
        status["podIPs"] = [{"ip": facts.address}]
    if inits:
        status["initContainerStatuses"] = [state.status() for state in inits]
    if facts.failure:
        status["reason"], status["message"] = facts.failure
    completed = "PodCompleted" if phase == "Succeeded" else "PodFailed" if finished else ""
    missing = f"containers with unready status: [{' '.join(unready)}]"
    gates = {
        condition.get("type"): condition.get("status") == "True"
        for condition in (pod.get("status") or {}).get("conditions") or ()
    }
    open_gates = [
        gate["conditionType"]
        for gate in pod["spec"].get("readinessGates") or ()
        if not gates.get(gate["conditionType"])
    ]
    ready = not unready and not finished
    conditions = [
        ("PodReadyToStartContainers", bool(facts.address) and not finished, "", ""),
        (
            "Initialized",
            not uninitialised,
            "" if not uninitialised else "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(uninitialised)}]"
            if uninitialised
            else "",
        ),
        (
            "Ready",
            ready and not open_gates,
            ""
            if ready and not open_gates
            else completed or ("ContainersNotReady" if unready else "ReadinessGatesNotReady"),
            "" if finished or not unready else missing,
        ),
        (
            "ContainersReady",
            ready,
            "" if ready else completed or "ContainersNotReady",
            "" if finished or not unready else missing,
        ),
        ("PodScheduled", True, "", ""),
    ]
    status["conditions"] = _conditions(pod, conditions, now)
    return status


def _conditions(
    pod: Manifest, wanted: Sequence[tuple[str, bool, str, str]], now: float
) -> list[dict[str, Any]]:
    present = (pod.get("status") or {}).get("conditions") or ()
    before = {condition.get("type"): condition for condition in present}
    result = []
    for name, holds, reason, message in wanted:
        word = "True" if holds else "False"
        known = before.pop(name, {})
        condition = {
            "type": name,
            "status": word,
            "lastProbeTime": None,
            "lastTransitionTime": known.get("lastTransitionTime")
            if known.get("status") == word
            else format_time(now),
        }
        if reason:
            condition["reason"] = reason
        if message:
            condition["message"] = message
        result.append(condition)
    # Conditions of others (readiness gates, disruption) are not the node's to drop.
    return [*result, *before.values()]
