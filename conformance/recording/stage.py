"""Where a story is played: a namespace of its own, and what a story can do and wait for there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from tenter.kube import Client, Resource, building
from tenter.kube.building import WriteOptions
from tenter.manifests import Manifest

_PATIENCE = 90.0
"""Seconds that anything may take: an autoscaler looks at its target every 15."""


class Subject:
    """Which object a story is about: of a kind, the first whose name begins with ``name``."""

    def __init__(self, api_version: str, kind: str, name: str = "") -> None:
        group, _, self.version = api_version.rpartition("/")
        self.group = group
        self.kind = kind
        self.name = name


class Stage:
    """A namespace on a cluster, and the states of a story's subject seen there so far."""

    def __init__(self, client: Client, namespace: str, subject: Subject) -> None:
        self.namespace = namespace
        self.states: list[Manifest] = []
        self._client = client
        self._subject = subject
        self._uid = ""
        self._reached = 0
        self._news = asyncio.Event()

    # What a story does

    async def create(self, *manifests: Manifest) -> None:
        """Create objects, one after the other, in this namespace unless they name another."""
        for manifest in manifests:
            resource, namespace, _ = await self._place(manifest)
            await self._client.create(resource, manifest, namespace=namespace)

    async def patch(
        self, manifest: Manifest, body: dict[str, Any], *, manager: str = "kubectl-patch"
    ) -> None:
        """Merge ``body`` into the object that ``manifest`` names."""
        resource, namespace, name = await self._place(manifest)
        await self._client.patch(resource, namespace, name, body, field_manager=manager)

    async def write_status(
        self, manifest: Manifest, status: dict[str, Any], *, manager: str
    ) -> None:
        """Write a status in the place of a controller that this control plane lacks."""
        resource, namespace, name = await self._place(manifest)
        body = {"status": status}
        await self._client.patch(
            resource, namespace, name, body, subresource="status", field_manager=manager
        )

    async def delete(self, manifest: Manifest, *, propagation: str = "Background") -> None:
        """Delete the object that ``manifest`` names."""
        resource, namespace, name = await self._place(manifest)
        await self._client.delete(resource, namespace, name, propagation=propagation)

    async def evict(self, pod: Manifest) -> None:
        """Evict a Pod through the API, as a drain does."""
        resource, namespace, name = await self._place(pod)
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
        }
        request = building.create(
            resource, namespace, eviction, WriteOptions(), name=name, subresource="eviction"
        )
        await self._client.send(request, repeatable=False)

    async def until(self, reached: Callable[[Manifest], bool]) -> None:
        """Wait for a state of the subject of which ``reached`` is true.

        States before the one that was waited for last do not count.
        """
        async with asyncio.timeout(_PATIENCE):
            while True:
                news = self._news
                for place in range(self._reached, len(self.states)):
                    if _holds(reached, self.states[place]):
                        self._reached = place
                        return
                await news.wait()

    async def other_until(self, manifest: Manifest, reached: Callable[[Manifest], bool]) -> None:
        """Wait for such a state of an object that is not the subject."""
        resource, namespace, name = await self._place(manifest)
        async with asyncio.timeout(_PATIENCE):
            stream = self._client.watch(resource, namespace, name=name, timeout_seconds=120)
            async with aclosing(stream) as events:
                async for event in events:
                    if event.type in {"ADDED", "MODIFIED"} and _holds(reached, event.object):
                        return

    # What is seen of the subject

    async def record(self, ready: asyncio.Event) -> None:
        """Keep each state of the subject, until cancelled; set ``ready`` once none is missed."""
        subject = self._subject
        await self._client.discovery.load()
        resource = self._client.discovery.find(subject.group, subject.kind, subject.version)
        namespace = self.namespace if resource.namespaced else ""
        present = await self._client.list(resource, namespace)
        for item in present.items:
            self._see({"apiVersion": resource.api_version, "kind": subject.kind, **item})
        ready.set()
        stream = self._client.watch(
            resource,
            namespace,
            resource_version=present.resource_version,
            timeout_seconds=600,
        )
        async with aclosing(stream) as events:
            async for event in events:
                if event.type in {"ADDED", "MODIFIED"}:
                    self._see(event.object)

    def _see(self, state: Manifest) -> None:
        metadata = state["metadata"]
        if not metadata["name"].startswith(self._subject.name):
            return
        self._uid = self._uid or metadata["uid"]
        if metadata["uid"] != self._uid:
            return
        if not self.states or _telling(self.states[-1]) != _telling(state):
            self.states.append(state)
        else:
            self.states[-1] = state
        self._news.set()
        self._news = asyncio.Event()

    async def _place(self, manifest: Manifest) -> tuple[Resource, str, str]:
        resource = await self._client.resource_of(manifest)
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", self.namespace) if resource.namespaced else ""
        return resource, namespace, metadata["name"]


def _telling(state: Manifest) -> dict[str, Any]:
    """Return what two states must differ in to be told apart: all but versions and managers."""
    metadata = state["metadata"]
    rest = {name: value for name, value in state.items() if name != "metadata"}
    return {**rest, "generation": metadata.get("generation"), "end": metadata.get("finalizers")}


def _holds(reached: Callable[[Manifest], bool], state: Manifest) -> bool:
    try:
        return bool(reached(state))
    except (KeyError, IndexError, TypeError):
        return False  # what it looks for is not there yet
