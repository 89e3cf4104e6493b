"""One Pod as local processes: its directories, its containers' programs, their end.

What a program is given is decided by pure modules (``variables``, ``volumes``, ``rewriting``); here
it is read from the cluster, put on disk and started. What Pods share is the behaviour's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from tenter import errors
from tenter.embedded.node.behaviour import CannotStart, Report, Stop
from tenter.embedded.node.containers import Exit
from tenter.embedded.node.io_probes import watch_over
from tenter.embedded.node.io_process import LocalProcess
from tenter.embedded.node.io_volumes import make_directory
from tenter.embedded.node.logs import ContainerLog
from tenter.embedded.node.rewriting import rewrite_hosts, rewrite_paths
from tenter.embedded.node.variables import (
    environment_of,
    expand,
    service_variables,
)
from tenter.embedded.node.volumes import Volume, mounts_of, volumes_of
from tenter.manifests import Manifest

if TYPE_CHECKING:
    from tenter.embedded.node.io_processes import ProcessBehaviour

_HOST_ADDRESS = "127.0.0.1"
_MESSAGE_LINES = 80
_MESSAGE_BYTES = 2048


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
        report(False, False)
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
