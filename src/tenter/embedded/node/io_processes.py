"""Containers as local processes: only where someone asked for it.

A process gets the declared environment and little else, private directories for its volumes, a
loopback address for its Pod, and a process group that ends with it. It is no sandbox: the program
runs with the rights of whoever started the cluster, on the machine's own files and programs; images
are not looked at. What a Pod cannot have here (hostPath, an image's own entrypoint) is refused
with a message in the container's status.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from tenter import errors
from tenter.embedded.controllers.endpoints import ports_of
from tenter.embedded.controllers.ownership import is_deleting, selects
from tenter.embedded.controllers.pods import is_finished, is_ready
from tenter.embedded.node.behaviour import CannotStart, Sandbox
from tenter.embedded.node.io_forwarder import Forwarder
from tenter.embedded.node.io_guard import Guard
from tenter.embedded.node.io_sandbox import ProcessSandbox
from tenter.embedded.node.io_volumes import VolumeStore
from tenter.embedded.node.loopback import LoopbackAddresses
from tenter.embedded.node.outcomes import script_for
from tenter.embedded.node.scripted import ScriptedBehaviour
from tenter.embedded.node.variables import (
    Address,
)
from tenter.environment import Environment
from tenter.kube import Change, Client, Informers
from tenter.manifests import GroupKind, Key, Manifest

_SERVICE = GroupKind("", "Service")
_CLAIM = GroupKind("", "PersistentVolumeClaim")
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ProcessBehaviour:
    """Runs containers as processes, with their files in ``data/node``.

    Without ``data`` they are in a temporary directory, which goes when the node stops.
    Pods that an outcome is scripted for (by annotation or in ``scripted``) are played instead. A
    container that is not restarted always may run ``time_limit`` seconds.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        data: Path | None = None,
        scripted: ScriptedBehaviour | None = None,
        time_limit: float | None = 3600.0,
    ) -> None:
        self.environment = environment
        self.time_limit = time_limit
        self.guard = Guard()
        self._data = data
        self._directory: Path | None = None
        self._scripted = scripted or ScriptedBehaviour(environment)
        self._addresses = LoopbackAddresses(
            environment.random, only_shared=not _can_bind("127.64.0.1")
        )
        self._forwarders: dict[Key, Forwarder] = {}
        self._forwarding = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], None] = {}

    async def open(self, client: Client, informers: Informers) -> None:
        """Make the directories and follow Services and claims."""
        self.client = client
        self._informers = informers
        self.pods = await client.resource("", "Pod")
        directory = (
            Path(tempfile.mkdtemp(prefix="tenter-")) if self._data is None else self._data / "node"
        )
        self._directory = directory
        self.volumes = VolumeStore(directory)
        await self.volumes.open()
        self.path = _path(directory)
        informers.on_change(self._on_change)
        for kind in (_SERVICE, _CLAIM):
            await informers.watch(await client.resource(kind.group, kind.kind))

    async def sandbox(self, pod: Manifest) -> Sandbox:
        """Make a place for ``pod``: its address, its volumes. Raises CannotStart."""
        names = [container["name"] for container in pod["spec"]["containers"]]
        try:
            if any(script_for(pod, name, self._scripted.scripts) for name in names):
                return await self._scripted.sandbox(pod)
        except errors.OptionError as error:
            raise CannotStart("CreateContainerConfigError", str(error)) from error
        address = self._addresses.take()
        sandbox = ProcessSandbox(self, pod, address)
        try:
            await sandbox.prepare()
        except BaseException:
            await sandbox.aclose()
            raise
        return sandbox

    async def aclose(self) -> None:
        """Stop forwarding, and end whatever might still run."""
        for forwarder in self._forwarders.values():
            await forwarder.aclose()
        self._forwarders.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.guard.aclose()
        if self._data is None and self._directory is not None:
            await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)

    def give_back(self, address: str) -> None:
        """Take a Pod's address back."""
        self._addresses.give_back(address)

    async def services(self, namespace: str) -> dict[tuple[str, str], tuple[Manifest, Address]]:
        """Return all Services with where they are reached, those of ``namespace`` first.

        A Service is listened for from the first Pod on that may want it.
        """
        resource = await self.client.resource("", "Service")
        found = {}
        items = self._informers.items(resource)
        async with self._forwarding:
            for service in sorted(
                items, key=lambda item: item["metadata"]["namespace"] != namespace
            ):
                address = await self._forward(resource.key_of(service), service)
                if address is not None:
                    place = (service["metadata"]["namespace"], service["metadata"]["name"])
                    found[place] = (service, address)
        return found

    def service_address(self, namespace: str, name: str) -> Address | None:
        """Return where a Service is reached from this machine, if it is listened for."""
        forwarder = self._forwarders.get(Key("", "Service", namespace, name))
        return None if forwarder is None else forwarder.address

    async def _forward(self, key: Key, service: Manifest) -> Address | None:
        spec = service.get("spec") or {}
        if not spec.get("selector") or spec.get("type") == "ExternalName":
            return None
        forwarder = self._forwarders.get(key)
        if forwarder is None:
            forwarder = Forwarder(service, self._addresses.take(), self._backends)
            self._forwarders[key] = forwarder
        await forwarder.update(service)
        return forwarder.address

    def _backends(self, service: Manifest, port: int) -> list[tuple[str, int]]:
        """Return the ready Pods behind a port of ``service``, as the node itself knows them."""
        chosen = {"matchLabels": service["spec"].get("selector") or {}}
        one = {
            **service,
            "spec": {
                "ports": [each for each in service["spec"]["ports"] if each["port"] == port],
            },
        }
        namespace = service["metadata"]["namespace"]
        return [
            (pod["status"]["podIP"], int(target["port"]))
            for pod in self._informers.items(self.pods, namespace)
            if selects(chosen, pod["metadata"].get("labels"))
            and is_ready(pod)
            and not is_finished(pod)
            and not is_deleting(pod)
            and (pod.get("status") or {}).get("podIP")
            for target in ports_of(one, pod)
        ]

    def _on_change(self, change: Change) -> None:
        if change.key.group_kind == _SERVICE and change.key in self._forwarders:
            work = (
                self._forwarders.pop(change.key).aclose()
                if change.deleted
                else self._forwarders[change.key].update(change.object)
            )
        elif change.key.group_kind == _CLAIM and change.deleted:
            work = self.volumes.remove_claim(change.key.namespace, change.key.name, change.uid)
        else:
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)


def _path(directory: Path) -> str:
    """Return the processes' PATH; the stand-in for curl is on it where the machine has none."""
    path = os.environ.get("PATH") or _USUAL_PATH
    if shutil.which("curl", path=path):
        return path
    programs = directory / "bin"
    programs.mkdir(mode=0o700, parents=True, exist_ok=True)
    script = Path(__file__).with_name("io_curl.py")
    program = programs / "curl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{script}" "$@"\n')
    program.chmod(0o700)
    return f"{path}:{programs}"


def _can_bind(address: str) -> bool:
    """Tell whether the machine has more loopback addresses than one."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
