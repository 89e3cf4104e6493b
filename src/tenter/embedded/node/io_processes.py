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
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from tenter import errors
from tenter.embedded.controllers.endpoints import ports_of
from tenter.embedded.controllers.ownership import is_deleting, selects
from tenter.embedded.controllers.pods import is_finished, is_ready
from tenter.embedded.node.behaviour import CannotStart, Report, Sandbox, Stop
from tenter.embedded.node.containers import Exit
from tenter.embedded.node.io_forwarder import Forwarder
from tenter.embedded.node.io_guard import Guard
from tenter.embedded.node.io_probes import watch_over
from tenter.embedded.node.io_process import LocalProcess
from tenter.embedded.node.io_volumes import VolumeStore, make_directory
from tenter.embedded.node.logs import ContainerLog
from tenter.embedded.node.loopback import LoopbackAddresses
from tenter.embedded.node.outcomes import script_for
from tenter.embedded.node.rewriting import rewrite_hosts, rewrite_paths
from tenter.embedded.node.scripted import ScriptedBehaviour
from tenter.embedded.node.variables import (
    Address,
    environment_of,
    expand,
    service_variables,
)
from tenter.embedded.node.volumes import Volume, mounts_of, volumes_of
from tenter.environment import Environment
from tenter.kube import Change, Client, Informers
from tenter.manifests import GroupKind, Key, Manifest

_HOST_ADDRESS = "127.0.0.1"
_SERVICE = GroupKind("", "Service")
_CLAIM = GroupKind("", "PersistentVolumeClaim")
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MESSAGE_LINES = 80
_MESSAGE_BYTES = 2048


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


class ProcessSandbox:
    """One Pod's directories and address; its containers' processes."""

    def __init__(self, behaviour: ProcessBehaviour, pod: Manifest, address: str) -> None:
        self.address = address
        self._behaviour = behaviour
        self._pod = pod
        self._uid: str = pod["metadata"]["uid"]
        self._namespace: str = pod["metadata"]["namespace"]
        self._directories: dict[str, str] = {}
        self._addresses = {"podIP": address, "hostIP": _HOST_ADDRESS}
        self._running: dict[LocalProcess, None] = {}
        self._why: dict[LocalProcess, str] = {}

    async def prepare(self) -> None:
        """Make the volumes. Raises CannotStart."""
        sources = await self._sources(self._pod["spec"].get("volumes") or ())
        volumes = volumes_of(self._pod, sources, self._addresses)
        store = self._behaviour.volumes
        self._home = str(store.home_of(self._uid))
        self._directories = store.make(self._uid, volumes)
        for volume in volumes:
            if volume.claim:
                self._directories[volume.name] = await self._claim(volume)

    async def _claim(self, volume: Volume) -> str:
        client = self._behaviour.client
        resource = await client.resource("", "PersistentVolumeClaim")
        try:
            claim = await client.get(resource, self._namespace, volume.claim)
        except errors.NotFound as error:
            raise CannotStart(
                "ContainerCreating", f'persistentvolumeclaim "{volume.claim}" not found'
            ) from error
        except errors.TenterError as error:
            raise CannotStart("ContainerCreating", str(error)) from error
        uid = claim["metadata"]["uid"]
        return str(self._behaviour.volumes.claim(self._namespace, volume.claim, uid))

    async def _sources(self, part: Any) -> Any:
        """Read the ConfigMaps and Secrets that ``part`` of the Pod names; return the look-up."""
        found: dict[tuple[str, str], Manifest | None] = {}
        client = self._behaviour.client
        for kind, name in dict.fromkeys(_references(part)):
            resource = await client.resource("", kind)
            try:
                manifest = await client.get(resource, self._namespace, name)
            except errors.NotFound:
                found[kind, name] = None
            except errors.TenterError as error:
                raise CannotStart("CreateContainerConfigError", str(error)) from error
            else:
                found[kind, name] = {**manifest, "kind": kind}
        return lambda kind, name: found.get((kind, name))

    async def run(
        self,
        container: Manifest,
        attempt: int,  # noqa: ARG002 - a process does not care how often it was run
        log: ContainerLog,
        report: Report,
        stop: Stop,
    ) -> Exit:
        """Run one container's program to its end. Raises CannotStart."""
        command, environment, directory = await self._plan(container)
        now = self._behaviour.environment.now
        process = await self._start(
            command, environment, directory, lambda data: log.write(data, now())
        )
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(
                    self._watch(
                        container, environment, directory, process, report=report, stop=stop
                    )
                )
                code = await process.wait()
                watching.cancel()
        finally:
            await process.kill()
            del self._running[process]
            why = self._why.pop(process, "")
        log.close(now())
        return _exit(container, code, why, log)

    async def _plan(self, container: Manifest) -> tuple[list[str], dict[str, str], str]:
        """Return the command, the whole environment and the working directory."""
        spec = self._pod["spec"]
        lookup = await self._sources([container.get("env") or (), container.get("envFrom") or ()])
        services = await self._behaviour.services(self._namespace)
        base = {
            "PATH": self._behaviour.path,
            "HOME": self._home,
            "HOSTNAME": spec.get("hostname") or self._pod["metadata"]["name"],
            "POD_IP": self.address,
            "TENTER_POD_IP": self.address,
        }
        if spec.get("enableServiceLinks", True):
            base |= service_variables(
                [found for place, found in services.items() if place[0] == self._namespace]
            )
        declared = environment_of(
            self._pod, container, lookup, base=base, addresses=self._addresses
        )
        mounts = mounts_of(container, self._directories, declared)
        for mount in container.get("volumeMounts") or ():
            if mount.get("subPath") or mount.get("subPathExpr"):
                path = mount["mountPath"].rstrip("/")
                make_directory(mounts[path])
        addresses = {place: address for place, (_, address) in services.items()}

        def true_here(text: str) -> str:
            return rewrite_hosts(rewrite_paths(text, mounts), self._namespace, addresses)

        environment = {
            name: text if base.get(name) == text else true_here(text)
            for name, text in declared.items()
        }
        environment["TENTER_MOUNTS"] = msgspec.json.encode(mounts).decode()
        words = [*(container.get("command") or ()), *(container.get("args") or ())]
        if not container.get("command"):
            raise CannotStart(
                "StartError",
                f'container "{container["name"]}" has no command, and what its image '
                f"{container.get('image', '')} would run is not known here: give it a command",
                final=True,
            )
        command = [true_here(expand(word, declared)) for word in words]
        working = container.get("workingDir")
        return command, environment, true_here(working) if working else self._home

    async def _start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: str,
        output: Any,
    ) -> LocalProcess:
        process = await LocalProcess.start(
            command,
            environment=environment,
            directory=directory,
            guard=self._behaviour.guard,
            output=output,
        )
        self._running[process] = None
        return process

    async def _watch(
        self,
        container: Manifest,
        environment: Mapping[str, str],
        directory: str,
        process: LocalProcess,
        *,
        report: Report,
        stop: Stop,
    ) -> None:
        """Probe a process, and end it when it must, noting why: for as long as it runs."""

        async def execute(command: Sequence[str]) -> int:
            beside = await self._start(command, environment, directory, lambda _data: None)
            try:
                return await beside.wait()
            finally:
                self._running.pop(beside, None)
                await beside.kill()

        probing = asyncio.ensure_future(watch_over(container, self.address, execute, report))
        stopping = asyncio.ensure_future(stop.asked.wait())
        limit = None if self._keeps_running(container) else self._behaviour.time_limit
        try:
            await asyncio.wait(
                {probing, stopping}, timeout=limit, return_when=asyncio.FIRST_COMPLETED
            )
            grace = float(self._pod["spec"].get("terminationGracePeriodSeconds", 30))
            if stopping.done():
                why = ""
                grace = stop.grace
                await self._pre_stop(container, execute, grace)
            elif probing.done():
                why = probing.result()
            else:
                why = f"it ran longer than the node's limit of {limit:g} s"
        finally:
            for future in (probing, stopping):
                future.cancel()
            await asyncio.wait({probing, stopping})
        self._why[process] = why
        process.ask_to_end()
        await asyncio.sleep(grace)
        process.kill_now()

    async def _pre_stop(self, container: Manifest, execute: Any, grace: float) -> None:
        hook = ((container.get("lifecycle") or {}).get("preStop") or {}).get("exec")
        if hook:
            with suppress(TimeoutError, CannotStart):
                async with asyncio.timeout(grace):
                    await execute(hook["command"])

    def _keeps_running(self, container: Manifest) -> bool:
        spec = self._pod["spec"]
        policy = container.get("restartPolicy") or spec.get("restartPolicy", "Always")
        return bool(policy == "Always")

    async def aclose(self) -> None:
        """Kill what is left of the Pod and remove its directories."""
        for process in list(self._running):
            await process.kill()
        self._behaviour.give_back(self.address)
        await self._behaviour.volumes.remove_pod(self._uid)


def _exit(container: Manifest, code: int, why: str, log: ContainerLog) -> Exit:
    message = why
    if code and not why and container.get("terminationMessagePolicy") == "FallbackToLogsOnError":
        message = log.tail(_MESSAGE_LINES)[-_MESSAGE_BYTES:]
    if code < 0:
        return Exit(128 - code, message=message, signal=-code)
    return Exit(code, message=message)


def _references(part: Any) -> list[tuple[str, str]]:
    """Return the (kind, name) of every ConfigMap and Secret that a part of a Pod names."""
    found: list[tuple[str, str]] = []
    if isinstance(part, list | tuple):
        for each in part:
            found += _references(each)
    elif isinstance(part, dict):
        for field, value in part.items():
            if isinstance(value, dict) and field in {
                "configMap",
                "configMapRef",
                "configMapKeyRef",
                "secret",
                "secretRef",
                "secretKeyRef",
            }:
                kind = "ConfigMap" if field.startswith("configMap") else "Secret"
                found.append((kind, value.get("name") or value.get("secretName") or ""))
            found += _references(value)
    return found


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
