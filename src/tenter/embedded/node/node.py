"""The node: takes Pods that nobody runs, and gives each a life.

An ordinary client of the API server, so that it runs against any: it registers a Node object,
binds unscheduled Pods to it, and leads each bound Pod through its life. What containers really do
is its behaviour's.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Self

import msgspec

from tenter import errors
from tenter.embedded.node.behaviour import Behaviour
from tenter.embedded.node.heartbeat import keep_alive
from tenter.embedded.node.logs import PodLogs
from tenter.embedded.node.pod import PodLife
from tenter.embedded.node.pod_writes import Surroundings, confirm_deletion, retry_delay
from tenter.embedded.node.scripted import ScriptedBehaviour
from tenter.embedded.node.settings import NodeSettings
from tenter.embedded.node.taint import Taint
from tenter.embedded.tasks import task_group
from tenter.embedded.timestamps import format_time
from tenter.environment import Environment
from tenter.kube import Change, Client, Informers, Request
from tenter.manifests import GroupKind, Manifest

POD = GroupKind("", "Pod")


class Node:
    """One node; it works inside ``async with``. Leaving the block ends everything that runs.

    ``behaviour`` says what containers do: scripted outcomes by default, which run nothing.
    ``host_address`` is what Pods see as their host's. ``taint`` is for somebody else's cluster:
    only Pods that tolerate it run here, the cluster must have no other node (else UsageError), and
    the node tells it that it lives, until it goes with the block.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        name: str = "embedded",
        behaviour: Behaviour | None = None,
        *,
        settings: NodeSettings | None = None,
        host_address: str = "127.0.0.1",
        taint: Taint | None = None,
    ) -> None:
        self.name = name
        self.behaviour: Behaviour = behaviour or ScriptedBehaviour(environment)
        self._client = client
        self._environment = environment
        self._settings = settings or NodeSettings()
        self._host_address = host_address
        self._taint = taint
        self._logs = PodLogs()
        self._stack = AsyncExitStack()
        self._informers = Informers(client, environment)
        self._lives: dict[str, PodLife] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = False

    async def __aenter__(self) -> Self:
        resource = await self._client.resource("", "Pod")
        self._around = Surroundings(
            self._client,
            self._environment,
            self.behaviour,
            self._logs,
            self._settings,
            resource,
            self._host_address,
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._informers)
            stack.push_async_callback(self.behaviour.aclose)
            await self.behaviour.open(self._client, self._informers)
            if self._taint is not None:
                await self._refuse_other_nodes()
            node = await self._register()
            if self._taint is not None:
                stack.push_async_callback(self._leave)
            self._group = await stack.enter_async_context(task_group())
            stack.callback(self._cancel)
            if self._taint is not None:
                beating = keep_alive(self._client, self._environment, node)
                stack.callback(self._group.create_task(beating, name="heartbeat").cancel)
            self._informers.on_change(self._on_change)
            await self._informers.watch(resource)
            self._started = True
            for pod in self._informers.items(resource):
                self._consider(pod)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def logs(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        tail_lines: int | None = None,
        follow: bool = False,
        previous: bool = False,
        timestamps: bool = False,
        since: float | None = None,
    ) -> AsyncGenerator[bytes]:
        """Yield what a container printed, in pieces; with ``follow`` until it ends.

        ``since`` is in Unix seconds. Raises LookupError where the container has not run yet.
        """
        log = self._logs.find(namespace, pod, container, previous=previous)
        pieces = log.read(tail_lines=tail_lines, follow=follow, timestamps=timestamps, since=since)
        async for piece in pieces:
            yield piece

    async def advertise(self, port: int) -> None:
        """Tell the cluster at which port this node answers for its containers' logs."""
        await self._client.patch(
            await self._client.resource("", "Node"),
            "",
            self.name,
            {"status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}},
            subresource="status",
            field_manager="kubelet",
        )

    def _cancel(self) -> None:
        self._started = False
        for task in self._tasks.values():
            task.cancel()

    def _on_change(self, change: Change) -> None:
        if not self._started or change.key.group_kind != POD:
            return
        if change.deleted:
            task = self._tasks.get(change.uid)
            if task is not None:
                task.cancel()
            self._logs.forget(change.key.namespace, change.key.name, change.uid)
        else:
            self._consider(change.object)

    def _consider(self, pod: Manifest) -> None:
        """Do for a Pod what it needs: bind it, begin its life, tell its life what changed."""
        metadata, spec = pod["metadata"], pod["spec"]
        uid = metadata["uid"]
        if uid in self._lives:
            self._lives[uid].update(pod)
            return
        if uid in self._tasks:
            return
        deleting = bool(metadata.get("deletionTimestamp"))
        finished = (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
        node = spec.get("nodeName", "")
        if node not in {"", self.name}:
            return
        if deleting:
            if metadata.get("deletionGracePeriodSeconds") != 0:
                self._start(uid, confirm_deletion(self._around, pod), f"deletion of {uid}")
        elif not finished and not spec.get("schedulingGates") and self._may_run(pod):
            self._start(uid, self._live(pod), f"pod {metadata['namespace']}/{metadata['name']}")

    def _may_run(self, pod: Manifest) -> bool:
        return self._taint is None or self._taint.tolerated_by(pod)

    def _start(self, uid: str, work: Any, name: str) -> None:
        task = self._group.create_task(work, name=name)
        self._tasks[uid] = task
        task.add_done_callback(lambda _: self._tasks.pop(uid, None))

    async def _live(self, pod: Manifest) -> None:
        metadata = pod["metadata"]
        uid = metadata["uid"]
        if not pod["spec"].get("nodeName"):
            if not await self._bind(pod):
                return
            pod = {**pod, "spec": {**pod["spec"], "nodeName": self.name}}
        life = PodLife(pod, self._around)
        self._lives[uid] = life
        latest = self._informers.get(self._around.resource.key_of(pod))
        if latest is not None and latest["metadata"]["uid"] == uid:
            life.update(latest)
        try:
            await life.run()
        finally:
            del self._lives[uid]

    async def _bind(self, pod: Manifest) -> bool:
        """Assign the Pod to this node; tell whether it is ours now."""
        metadata = pod["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name, "namespace": namespace, "uid": metadata["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": self.name},
        }
        request = Request(
            method="POST",
            path=self._around.resource.path(namespace, name, "binding"),
            body=msgspec.json.encode(body),
        )
        tries = 0
        while True:
            try:
                response = await self._client.send(request)
            except errors.TenterError:
                response = None
            if response is not None and response.status < 500:
                return response.status in {200, 201}
            await asyncio.sleep(retry_delay(self._settings, tries))
            tries += 1

    async def _refuse_other_nodes(self) -> None:
        listed = await self._client.list(await self._client.resource("", "Node"))
        others = [each["metadata"]["name"] for each in listed.items]
        others = [name for name in others if name != self.name]
        if others:
            shown = ", ".join(others[:3]) + (" ..." if others[3:] else "")
            raise errors.UsageError(
                f"this cluster has nodes of its own ({shown}), which run its Pods. Use a cluster "
                "without any, a bare control plane, for this one"
            )

    async def _leave(self) -> None:
        resource = await self._client.resource("", "Node")
        with suppress(errors.TenterError):  # a cluster that is gone has no node either
            await self._client.delete(resource, "", self.name)

    async def _register(self) -> Manifest:
        resource = await self._client.resource("", "Node")
        manifest = node_object(self.name, self._host_address, self._environment.now())
        if self._taint is not None:
            manifest["spec"]["taints"] = [
                {name: each for name, each in msgspec.to_builtins(self._taint).items() if each}
            ]
        status = manifest.pop("status")
        with suppress(errors.AlreadyExists):
            await self._client.create(resource, manifest, field_manager="kubelet")
        return await self._client.patch(
            resource,
            "",
            self.name,
            {"status": status},
            subresource="status",
            field_manager="kubelet",
        )


def node_object(name: str, address: str, now: float) -> Manifest:
    """Return the Node object of a ready node ``name`` at ``address``."""
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    stamp = format_time(now)
    resources = {"cpu": "64", "memory": "256Gi", "pods": "10000", "ephemeral-storage": "1Ti"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": system,
                "kubernetes.io/arch": machine,
            },
        },
        "spec": {},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "the node takes Pods",
                    "lastHeartbeatTime": stamp,
                    "lastTransitionTime": stamp,
                }
            ],
            "nodeInfo": {
                "architecture": machine,
                "operatingSystem": system,
                "kubeletVersion": "v1.36.1",
                "kubeProxyVersion": "",
                "kernelVersion": "",
                "osImage": "",
                "containerRuntimeVersion": "tenter://",
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
            },
        },
    }
