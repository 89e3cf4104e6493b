"""What hooks print: told line by line while they run, and the last lines kept for the report.

A hook's Pods are found by their owner, watched, and each container that starts is followed. Before
a hook's finalizer is released (after which its Pods may go) ``capture`` sees to it that the tails
and exit codes are in the report. Logs are a help and never a condition: whatever goes wrong here is
said once and stops nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

from tenter.engine import Task
from tenter.errors import TenterError
from tenter.kube.informers import Change
from tenter.manifests import GroupKind, Key, Manifest
from tenter.runner.progress import LogLine
from tenter.runner.report import TAIL_LINES, ContainerReport, HookReport, shown, tail
from tenter.runner.surroundings import Surroundings

KEEP_LOGS = "tenter.dev/keep-logs"
CAPTURE_WITHIN = 5.0
"""Seconds that a hook's release waits for its logs."""

_POD = GroupKind("", "Pod")
_WITH_PODS = (_POD, GroupKind("batch", "Job"))


class _Hook:
    """One hook whose Pods are followed."""

    __slots__ = ("follows", "lines", "report", "task")

    def __init__(self, task: Task, report: HookReport, *, follows: bool) -> None:
        self.task = task
        self.report = report
        self.follows = follows
        self.lines: dict[tuple[str, str, int], deque[str]] = {}


class LogKeeper:
    """Follows the Pods of an attempt's hooks. ``tasks`` runs what it does by itself."""

    def __init__(self, surroundings: Surroundings, tasks: asyncio.TaskGroup) -> None:
        self._surroundings = surroundings
        self._client = surroundings.client
        self._informers = surroundings.informers
        self._tasks = tasks
        self._hooks: dict[str, _Hook] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._followers: dict[tuple[str, str, str, int], asyncio.Task[None]] = {}
        self._complained = False
        self._closer = self._informers.on_change(self._changed)

    def close(self) -> None:
        """Follow nothing more."""
        self._closer()
        for running in (*self._watches.values(), *self._followers.values()):
            running.cancel()

    def begin(self, task: Task, uid: str, report: HookReport, *, ended: bool = False) -> None:
        """Follow the Pods of the hook ``uid``, and fill ``report`` with what they say.

        Of a hook that has ``ended`` the lines were told before; only its report is still due.
        """
        if uid in self._hooks or task.key.group_kind not in _WITH_PODS:
            return
        self._hooks[uid] = _Hook(task, report, follows=_keeps_logs(task) and not ended)
        namespace = task.key.namespace
        if namespace not in self._watches:
            self._watches[namespace] = self._tasks.create_task(self._watch(namespace))
        for pod in self._pods_of(uid, namespace):
            self._see(pod)

    async def capture(self, uid: str) -> None:
        """Put the tails and exit codes of the hook ``uid`` into its report, as far as known."""
        hook = self._hooks.get(uid)
        if hook is None or not _keeps_logs(hook.task):
            return
        try:
            async with asyncio.timeout(CAPTURE_WITHIN):
                await asyncio.wait([self._watches[hook.task.key.namespace]])
                await self._capture(uid, hook)
        except TimeoutError:
            self._complain("the API server took too long")

    async def _capture(self, uid: str, hook: _Hook) -> None:
        containers = []
        for pod in self._pods_of(uid, hook.task.key.namespace):
            name = pod["metadata"]["name"]
            for status in _container_statuses(pod):
                ended = _terminated(status)
                if ended is None and not (status.get("state") or {}).get("running"):
                    continue
                containers.append(
                    ContainerReport(
                        pod=name,
                        container=status.get("name") or "",
                        exit_code=ended.get("exitCode") if ended else None,
                        reason=(ended.get("reason") or "") if ended else "",
                        log=await self._tail(hook, pod, status, ended=ended is not None),
                    )
                )
        if containers:
            hook.report.containers = containers

    async def _tail(
        self, hook: _Hook, pod: Manifest, status: dict[str, Any], *, ended: bool
    ) -> str:
        name, container = pod["metadata"]["name"], status.get("name") or ""
        restarts = _restarts(status)
        follower = self._followers.get((pod["metadata"]["uid"], name, container, restarts))
        lines = hook.lines.get((name, container, restarts))
        if ended and follower is not None and follower.done() and lines is not None:
            return tail("\n".join(lines))
        try:
            return tail(
                await self._client.logs(
                    pod["metadata"]["namespace"], name, container=container, tail_lines=TAIL_LINES
                )
            )
        except TenterError as error:
            self._complain(str(error))
            return tail("\n".join(lines or ()))

    async def _watch(self, namespace: str) -> None:
        try:
            pods = await self._client.resource("", "Pod")
            await self._informers.watch(pods, namespace)
        except TenterError as error:
            self._complain(str(error))
            return
        for pod in self._informers.items(pods, namespace):
            self._see(pod)

    def _changed(self, change: Change) -> None:
        if change.key.group_kind != _POD:
            return
        if not change.deleted:
            self._see(change.object)

    def _see(self, pod: Manifest) -> None:
        hook = self._hook_of(pod)
        if hook is None or not hook.follows:
            return
        for status in _container_statuses(pod):
            state = status.get("state") or {}
            if not (state.get("running") or state.get("terminated")):
                continue
            metadata = pod["metadata"]
            place = (metadata["uid"], metadata["name"], status.get("name") or "", _restarts(status))
            if place not in self._followers:
                self._followers[place] = self._tasks.create_task(
                    self._follow(hook, pod, place[2], place[3])
                )

    async def _follow(self, hook: _Hook, pod: Manifest, container: str, restarts: int) -> None:
        name = pod["metadata"]["name"]
        lines = hook.lines[name, container, restarts] = deque(maxlen=TAIL_LINES)
        try:
            stream = self._client.follow_logs(
                pod["metadata"]["namespace"], name, container=container
            )
            async with aclosing(stream) as texts:
                async for text in texts:
                    line = shown(text)
                    lines.append(line)
                    self._surroundings.tell(
                        LogLine(
                            at=self._surroundings.now,
                            task=hook.task.id,
                            key=hook.task.key,
                            pod=name,
                            container=container,
                            text=line,
                        )
                    )
        except TenterError:
            # The capture reads the tail again, and says so where it cannot.
            hook.lines.pop((name, container, restarts), None)

    def _hook_of(self, pod: Manifest) -> _Hook | None:
        owners = (self._hooks.get(uid) for uid in _owners(pod))
        return next((hook for hook in owners if hook is not None), None)

    def _pods_of(self, uid: str, namespace: str) -> Iterator[Manifest]:
        for key, pod in self._pods(namespace):
            if key.namespace == namespace and uid in _owners(pod):
                yield pod

    def _pods(self, namespace: str) -> Iterator[tuple[Key, Manifest]]:
        try:
            pods = self._client.discovery.find("", "Pod")
        except TenterError:
            return
        for pod in self._informers.items(pods, namespace):
            yield pods.key_of(pod), pod

    def _complain(self, problem: str) -> None:
        if not self._complained:
            self._complained = True
            self._surroundings.warn(f"The logs of hooks cannot be read: {problem}")


def _keeps_logs(task: Task) -> bool:
    annotations = ((task.manifest or {}).get("metadata") or {}).get("annotations") or {}
    return bool(annotations.get(KEEP_LOGS) != "false")


def _owners(pod: Manifest) -> list[str]:
    metadata = pod["metadata"]
    references = metadata.get("ownerReferences") or ()
    return [metadata["uid"], *(reference.get("uid") or "" for reference in references)]


def _container_statuses(pod: Manifest) -> list[dict[str, Any]]:
    status = pod.get("status") or {}
    return [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]


def _terminated(status: dict[str, Any]) -> dict[str, Any] | None:
    ended: dict[str, Any] | None = (status.get("state") or {}).get("terminated")
    return ended


def _restarts(status: dict[str, Any]) -> int:
    return int(status.get("restartCount") or 0)
