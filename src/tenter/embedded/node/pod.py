"""One Pod's life on the node: init containers, containers, restarts, the end, its status.

The statuses are written by one task, one at a time, each as things stand when it is sent: a Pod
whose containers change quicker than the server answers costs no queue. Deletion follows the API's
protocol: the containers are asked to stop, given the grace period, and when they have ended the
node confirms with a deletion of grace 0.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tenter.embedded.node.behaviour import CannotStart, Sandbox, Stop
from tenter.embedded.node.containers import (
    ContainerState,
    Exit,
    PodFacts,
    phase_of_states,
    pod_status,
)
from tenter.embedded.node.logs import ContainerLog
from tenter.embedded.node.pod_writes import (
    PodGone,
    Surroundings,
    confirm_deletion,
    retry_delay,
    write_status,
)
from tenter.embedded.timestamps import parse_time
from tenter.manifests import Manifest

_LOST = Exit(
    137,
    "ContainerStatusUnknown",
    "The node was restarted while the container ran, and the container ended with it",
)


class PodLife:
    """Runs one Pod from its binding to its end."""

    def __init__(self, pod: Manifest, surroundings: Surroundings) -> None:
        self._pod = pod
        self._around = surroundings
        self._now = surroundings.environment.now
        spec = pod["spec"]
        self._policy: str = spec.get("restartPolicy", "Always")
        self._specs = [*(spec.get("initContainers") or ()), *spec["containers"]]
        self._inits = [
            ContainerState(
                name=each["name"],
                image=each.get("image", ""),
                waiting="PodInitializing",
                is_init=True,
                keeps_running=each.get("restartPolicy") == "Always",
            )
            for each in spec.get("initContainers") or ()
        ]
        waiting = "PodInitializing" if self._inits else "ContainerCreating"
        self._mains = [
            ContainerState(name=each["name"], image=each.get("image", ""), waiting=waiting)
            for each in spec["containers"]
        ]
        self._facts = PodFacts(host_address=surroundings.host_address)
        self._stop = Stop()
        self._sidecars = Stop()
        self._news = asyncio.Event()
        self._over = False
        self._gone = False
        self._conditions: list[dict[str, Any]] = []
        self._written: dict[str, Any] | None = None
        self._identity = 0
        self.update(pod)

    @property
    def name(self) -> str:
        """``namespace/name``."""
        metadata = self._pod["metadata"]
        return f"{metadata['namespace']}/{metadata['name']}"

    def update(self, pod: Manifest) -> None:
        """Take in the Pod as the cluster has it now; a deletion asks the containers to stop."""
        self._pod = pod
        metadata = pod["metadata"]
        if not metadata.get("deletionTimestamp"):
            return
        grace = metadata.get("deletionGracePeriodSeconds")
        if grace is None:
            grace = pod["spec"].get("terminationGracePeriodSeconds", self._around.settings.grace)
        self._ask_all(float(grace))

    async def run(self) -> None:
        """Live through the Pod's life; return when its last status is written.

        Cancelling kills what runs and writes nothing more.
        """
        status = self._pod.get("status") or {}
        self._conditions = list(status.get("conditions") or ())
        self._facts.started_at = parse_time(status.get("startTime")) or self._now()
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write_statuses())
                self._tell()
                if not self._resume(status):
                    await self._live()
                self._over = True
                self._tell()
                await writing
        except* PodGone:
            self._gone = True
        if not self._gone and self._pod["metadata"].get("deletionTimestamp"):
            await confirm_deletion(self._around, self._pod)

    def _resume(self, status: dict[str, Any]) -> bool:
        """Take over what an earlier life of this node left; tell whether that ends the Pod."""
        for state in (*self._inits, *self._mains):
            for entry in (
                *(status.get("initContainerStatuses") or ()),
                *(status.get("containerStatuses") or ()),
            ):
                if entry.get("name") == state.name:
                    self._take_over(state, entry)
        lost = [state for state in (*self._inits, *self._mains) if state.exit is _LOST]
        if not lost:
            return False
        if self._policy == "Never":
            return True
        for state in lost:
            state.await_restart("ContainerCreating", "")
            state.restarts += 1
        return False

    def _take_over(self, state: ContainerState, entry: dict[str, Any]) -> None:
        state.restarts = entry.get("restartCount", 0)
        state.last = entry.get("lastState") or None
        phase = entry.get("state") or {}
        if "running" in phase:
            state.started_at = parse_time(phase["running"].get("startedAt"))
            state.end(_LOST, self._now())
        elif "terminated" in phase:
            ended = phase["terminated"]
            state.started_at = parse_time(ended.get("startedAt"))
            state.end(
                Exit(ended.get("exitCode", 0), ended.get("reason", ""), ended.get("message", "")),
                parse_time(ended.get("finishedAt")) or self._now(),
            )

    async def _live(self) -> None:
        sandbox = await self._settle()
        if sandbox is None:
            return
        try:
            self._facts.address = sandbox.address
            self._tell()
            limit = self._pod["spec"].get("activeDeadlineSeconds")
            running = asyncio.ensure_future(self._run_containers(sandbox))
            try:
                done, _ = await asyncio.wait({running}, timeout=limit)
                if not done:
                    self._facts.failure = (
                        "DeadlineExceeded",
                        "Pod was active on the node longer than the specified deadline",
                    )
                    self._ask_all(self._grace())
                await running
            finally:
                running.cancel()
                await asyncio.wait({running})
        finally:
            await sandbox.aclose()

    def _grace(self) -> float:
        spec = self._pod["spec"]
        return float(spec.get("terminationGracePeriodSeconds", self._around.settings.grace))

    def _ask_all(self, grace: float) -> None:
        self._stop.ask(grace)
        self._sidecars.ask(grace)

    async def _settle(self) -> Sandbox | None:
        """Get a place for the Pod; None when the Pod is to stop before there is one."""
        tries = 0
        while not self._stop.asked.is_set():
            try:
                return await self._around.behaviour.sandbox(self._pod)
            except CannotStart as problem:
                for state in (*self._inits, *self._mains):
                    state.waiting, state.message = problem.reason, problem.message
                self._tell()
            await self._pause(retry_delay(self._around.settings, tries), self._stop)
            tries += 1
        return None

    async def _run_containers(self, sandbox: Sandbox) -> None:
        async with asyncio.TaskGroup() as sidecars:
            if await self._initialise(sandbox, sidecars):
                async with asyncio.TaskGroup() as group:
                    for state in self._mains:
                        group.create_task(
                            self._keep(state, sandbox, self._stop, self._policy),
                            name=f"container {self.name}/{state.name}",
                        )
            self._sidecars.ask(self._grace())

    async def _initialise(self, sandbox: Sandbox, sidecars: asyncio.TaskGroup) -> bool:
        """Run the init containers in order; tell whether the others may start."""
        for state in self._inits:
            if state.has_succeeded and not state.keeps_running:
                continue
            if state.keeps_running:
                task = sidecars.create_task(
                    self._keep(state, sandbox, self._sidecars, "Always"),
                    name=f"container {self.name}/{state.name}",
                )
                task.add_done_callback(lambda _: self._tell())
                while not (state.started or task.done()):
                    await self._news.wait()
                continue
            policy = "Never" if self._policy == "Never" else "OnFailure"
            await self._keep(state, sandbox, self._stop, policy)
            if not state.has_succeeded:
                return False
        for state in self._mains:
            if state.waiting == "PodInitializing":
                state.waiting = "ContainerCreating"
        return not self._stop.asked.is_set()

    async def _keep(self, state: ContainerState, sandbox: Sandbox, stop: Stop, policy: str) -> None:
        """Run a container again and again, as ``policy`` says."""
        if state.exit is not None and (
            policy == "Never" or (policy == "OnFailure" and state.has_succeeded)
        ):
            return
        tries = 0
        while not stop.asked.is_set():
            try:
                end = await self._run_once(state, sandbox, stop)
            except CannotStart as problem:
                state.waiting, state.message = problem.reason, problem.message
                self._tell()
                await self._pause(retry_delay(self._around.settings, tries), stop)
                tries += 1
                continue
            tries = 0
            state.end(end, self._now())
            self._tell()
            if stop.asked.is_set() or policy == "Never" or (policy == "OnFailure" and not end.code):
                return
            await self._await_restart(state, stop)

    async def _run_once(self, state: ContainerState, sandbox: Sandbox, stop: Stop) -> Exit:
        metadata = self._pod["metadata"]
        container = next(each for each in self._specs if each["name"] == state.name)
        log = ContainerLog()
        begun = False

        def begin() -> None:
            nonlocal begun
            begun = True
            self._identity += 1
            state.begin(self._now(), f"tenter://{metadata['uid']}/{state.name}/{self._identity}")
            self._around.logs.keep(
                metadata["namespace"], metadata["name"], metadata["uid"], state.name, log
            )

        def report(started: bool, ready: bool) -> None:
            if not begun:
                begin()
            if (state.started, state.ready) != (started, ready) or not started:
                state.started, state.ready = started, ready
                self._tell()

        try:
            end = await sandbox.run(container, state.restarts, log, report, stop)
        except CannotStart as problem:
            if not problem.final:
                raise
            if not begun:
                begin()
            log.write(f"{problem.message}\n".encode(), self._now())
            return Exit(128, problem.reason, problem.message)
        else:
            if not begun:
                # It was over before anybody could say that it had started.
                begin()
            return end
        finally:
            log.close(self._now())

    async def _await_restart(self, state: ContainerState, stop: Stop) -> None:
        settings = self._around.settings
        delay = min(
            settings.restart_backoff * 2 ** min(state.restarts, 20), settings.restart_backoff_limit
        )
        ended = (state.exit, state.started_at, state.ended_at)
        state.await_restart(
            "CrashLoopBackOff",
            f"back-off {delay:g}s restarting failed container={state.name} pod={self.name}",
        )
        self._tell()
        await self._pause(delay, stop)
        if stop.asked.is_set():
            # It never ran again: what is known of it is how it ended.
            state.exit, state.started_at, state.ended_at = ended
        else:
            state.restarts += 1

    async def _pause(self, seconds: float, stop: Stop) -> None:
        try:
            async with asyncio.timeout(seconds):
                await stop.asked.wait()
        except TimeoutError:
            return

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _write_statuses(self) -> None:
        while True:
            news, over = self._news, self._over
            status = self._status()
            if status != self._written:
                await write_status(self._around, self._pod, status)
                self._written = status
            if over:
                return
            await news.wait()

    def _status(self) -> dict[str, Any]:
        before = {condition["type"]: condition for condition in self._conditions}
        others = [
            condition
            for condition in (self._pod.get("status") or {}).get("conditions") or ()
            if condition.get("type") not in before
        ]
        known = {
            **self._pod,
            "status": {
                **(self._pod.get("status") or {}),
                "conditions": [*self._conditions, *others],
            },
        }
        status = pod_status(known, self._facts, self._inits, self._mains, self._now())
        if self._over and status["phase"] not in {"Succeeded", "Failed"}:
            # Stopped from outside: what has not ended well has not succeeded.
            finished = phase_of_states(
                {"spec": {"restartPolicy": "Never"}}, self._inits, self._mains
            )
            status["phase"] = finished if finished == "Succeeded" else "Failed"
        self._conditions = status["conditions"]
        return status
