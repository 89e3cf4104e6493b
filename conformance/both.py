"""An embedded and a real cluster side by side, for scripts to be played on both."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial

from conformance.comparing import Difference, compare
from conformance.io_compaction import compact_store
from conformance.io_control_plane import ControlPlane
from conformance.playing import Compaction, play
from conformance.scripts import Answer, Script
from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import NotFound
from tenter.kube import Client, Resource, Transport
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection

_NUMBERS = itertools.count(1)


class Both:
    """Two clusters; each script gets a new namespace, of the same name on both."""

    def __init__(
        self,
        embedded: EmbeddedCluster,
        real: Transport,
        environment: Environment,
        compact_real: Compaction,
    ) -> None:
        self.requests = 0
        """How many requests were played, each on both."""
        self._embedded = embedded.transport()
        self._store = embedded.store
        self._compact_real = compact_real
        self._real = real
        self._environment = environment

    async def compare(self, script: Script) -> list[Difference]:
        """Play a script on both clusters, and return what differs."""
        namespace = f"script-{next(_NUMBERS)}"
        async with asyncio.TaskGroup() as group:
            ours = group.create_task(self._play(script, self._embedded, namespace))
            theirs = group.create_task(self._play(script, self._real, namespace))
        self.requests += len(script.steps)
        return compare(script, ours.result(), theirs.result(), namespace=namespace)

    async def _play(self, script: Script, transport: Transport, namespace: str) -> list[Answer]:
        await self._prepare(transport, namespace)
        compact = self._compact_real if transport is self._real else self._compact_embedded
        return await play(script, transport, namespace, compact)

    async def compare_all(
        self, scripts: Sequence[Script], *, at_once: int = 24
    ) -> dict[str, list[Difference]]:
        """Play scripts side by side, and return by name what differs, in the scripts' order."""
        found: dict[str, list[Difference]] = {}
        waiting = iter(scripts)

        async def play_some() -> None:
            for script in waiting:
                found[script.name] = await self.compare(script)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(play_some())
        return {script.name: found[script.name] for script in scripts}

    async def _compact_embedded(self) -> None:
        self._store.compact()

    async def _prepare(self, transport: Transport, namespace: str) -> None:
        client = Client(transport, self._environment)
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        await client.create(await client.resource("", "Namespace"), manifest)
        # A Pod is refused until its namespace's account is there, and it must not come between the
        # script's own objects.
        await _seen(client, await client.resource("", "ServiceAccount"), namespace, "default")


async def _seen(client: Client, resource: Resource, namespace: str, name: str) -> None:
    stream = client.watch(resource, namespace, name=name, timeout_seconds=30)
    async with aclosing(stream) as events:
        async for event in events:
            if event.type == "ADDED":
                return
    raise NotFound(f"{namespace}/{name} did not appear within 30 s", code=404)


@asynccontextmanager
async def both(plane: ControlPlane) -> AsyncIterator[Both]:
    """Run an embedded cluster beside ``plane``, both without anything that runs workloads."""
    environment = Environment(now=time.time, random=random.Random(1))  # noqa: S311 - names
    async with AsyncExitStack() as stack:
        embedded = await stack.enter_async_context(EmbeddedCluster(environment, workloads=False))
        real = HttpTransport(find_connection(plane.kubeconfig), environment)
        stack.push_async_callback(real.aclose)
        yield Both(embedded, real, environment, partial(compact_store, plane.store_url))
