"""Plays stories on a control plane and keeps what is seen, one file a story, one line a state."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from conformance.io_control_plane import ControlPlane
from conformance.recording.objects import CONFIG_MISSING
from conformance.recording.stage import Stage
from conformance.recording.stories import Story
from tenter.embedded.node import (
    ANNOTATION,
    CannotStart,
    ContainerLog,
    Exit,
    Node,
    Report,
    Sandbox,
    ScriptedBehaviour,
    Stop,
)
from tenter.environment import Environment
from tenter.errors import NotFound, TenterError
from tenter.kube import Client
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection
from tenter.manifests import Manifest

_AT_ONCE = 4


async def record(plane: ControlPlane, stories: Sequence[Story], folder: Path) -> list[str]:
    """Play ``stories`` on ``plane`` and write each below ``folder``; return what went wrong."""
    environment = Environment(now=time.time, random=random.Random(1))  # noqa: S311 - names
    problems: list[str] = []
    turns = asyncio.Semaphore(_AT_ONCE)

    async def play_in_turn(client: Client, story: Story) -> None:
        async with turns:
            begun = time.monotonic()
            try:
                states = await _play(client, story)
            except* (TenterError, TimeoutError) as failed:
                problems.append(f"{story.place}: {failed.exceptions[0]!r}")
            else:
                _write(folder / story.place, states)
                took = time.monotonic() - begun
                print(f"{story.place}: {len(states)} states in {took:.1f} s", flush=True)

    async with AsyncExitStack() as stack:
        transport = HttpTransport(find_connection(plane.kubeconfig), environment)
        stack.push_async_callback(transport.aclose)
        client = Client(transport, environment, concurrency=64)
        node = await stack.enter_async_context(
            _RecordingNode(client, environment, behaviour=_Outcomes(environment))
        )
        # A new node is tainted as not ready until a controller that is not here has seen it.
        nodes = await client.resource("", "Node")
        await client.patch(nodes, "", node.name, {"spec": {"taints": None}})
        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(play_in_turn(client, story))
    return problems


def _write(file: Path, states: Sequence[Manifest]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [msgspec.json.encode(state, order="sorted") + b"\n" for state in states]
    file.write_bytes(b"".join(lines))


async def _play(client: Client, story: Story) -> list[Manifest]:
    namespace = story.name
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    await client.create(await client.resource("", "Namespace"), manifest)
    await _account(client, namespace)
    stage = Stage(client, namespace, story.subject)
    async with asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        recording = group.create_task(stage.record(ready))
        await ready.wait()
        await story.plot(stage)
        recording.cancel()
    await client.delete(await client.resource("", "Namespace"), "", namespace)
    return stage.states


async def _account(client: Client, namespace: str) -> None:
    """Wait for the account without which a Pod is refused."""
    accounts = await client.resource("", "ServiceAccount")
    async for event in client.watch(accounts, namespace, name="default", timeout_seconds=60):
        if event.type == "ADDED":
            return
    raise NotFound(f"{namespace}/default did not appear within 60 s", code=404)


class _RecordingNode(Node):
    """A node that leaves the Pods of other schedulers alone."""

    def _may_run(self, pod: Manifest) -> bool:
        return bool(pod["spec"].get("schedulerName") != "none")


class _Outcomes(ScriptedBehaviour):
    """The usual outcomes, and a ConfigMap that is missing."""

    async def sandbox(self, pod: Manifest) -> Sandbox:  # type: ignore[override]
        usual = await super().sandbox(pod)
        annotations = pod["metadata"].get("annotations") or {}
        return _Unconfigured() if annotations.get(ANNOTATION) == CONFIG_MISSING else usual


class _Unconfigured:
    """A place where no container can be made."""

    address = "10.244.0.1"

    async def run(
        self,
        _container: Manifest,
        _attempt: int,
        _log: ContainerLog,
        _report: Report,
        _stop: Stop,
    ) -> Exit:
        raise CannotStart("CreateContainerConfigError", 'configmap "settings" not found')

    async def aclose(self) -> None:
        """Nothing is held."""
