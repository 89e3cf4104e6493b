"""A running embedded cluster for a test: create, and wait for what is to come."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from tenter.embedded.cluster import EmbeddedCluster
from tenter.embedded.controllers import ControllerSettings
from tenter.embedded.node import NodeSettings
from tenter.environment import Environment
from tenter.kube import Client
from tenter.manifests import Manifest, key_of

Condition = Callable[[Manifest], Any]


class Running:
    """A cluster and a client of it."""

    def __init__(self, cluster: EmbeddedCluster, client: Client) -> None:
        self.cluster = cluster
        self.client = client

    async def create(self, manifest: Manifest) -> Manifest:
        resource = await self.client.resource_of(manifest)
        return await self.client.create(resource, manifest, namespace="default")

    async def delete(self, manifest: Manifest, **options: Any) -> None:
        resource = await self.client.resource_of(manifest)
        await self.client.delete(resource, "default", manifest["metadata"]["name"], **options)

    async def apply(self, manifest: Manifest) -> None:
        await self.client.apply(
            await self.client.resource_of(manifest), manifest, namespace="default"
        )

    async def items(self, group: str, kind: str) -> list[Manifest]:
        return (await self.client.list(await self.client.resource(group, kind), "default")).items

    async def until(self, manifest: Manifest, holds: Condition, seconds: float = 20) -> Manifest:
        """Return the object once ``holds``."""
        found = await self._watch(manifest, lambda gone, item: not gone and holds(item), seconds)
        assert found is not None
        return found

    async def until_gone(self, manifest: Manifest, seconds: float = 20) -> None:
        await self._watch(manifest, lambda gone, _item: gone, seconds)

    async def _watch(
        self, manifest: Manifest, holds: Callable[[bool, Manifest], Any], seconds: float
    ) -> Manifest | None:
        resource = await self.client.resource_of(manifest)
        name = key_of(manifest).name
        async with asyncio.timeout(seconds):
            listed = await self.client.list(resource, "default", name=name)
            present = listed.items[0] if listed.items else {}
            if holds(not listed.items, present):
                return present
            events = self.client.watch(
                resource, "default", name=name, resource_version=listed.resource_version
            )
            async with aclosing(events) as stream:
                async for event in stream:
                    if event.type != "BOOKMARK" and holds(event.type == "DELETED", event.object):
                        return event.object
        raise AssertionError("the watch ended")

    async def logs(self, pod: str, **options: Any) -> str:
        return await self.client.logs("default", pod, **options)


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Running]:
    """Run a cluster; quick to restart and to try again."""
    environment = Environment(time.time, random.Random(7))
    settings = {
        "controller_settings": ControllerSettings(job_backoff=0.01),
        "node_settings": NodeSettings(restart_backoff=0.01, start_retry=0.01),
    }
    async with EmbeddedCluster(environment, **{**settings, **options}) as cluster:
        yield Running(cluster, Client(cluster.transport(), environment))


def pod(name: str = "p", outcome: str = "", policy: str = "Never", **spec: Any) -> Manifest:
    annotations = {"embedded.tenter.dev/outcome": outcome} if outcome else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": annotations, "labels": {"app": name}},
        "spec": {
            "restartPolicy": policy,
            "containers": [{"name": "main", "image": "x"}],
            **spec,
        },
    }


def job(name: str = "j", outcome: str = "", **spec: Any) -> Manifest:
    template = pod(name, outcome)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "template": {
                "metadata": {"annotations": template["metadata"]["annotations"]},
                "spec": template["spec"],
            },
            **spec,
        },
    }


def phase(*phases: str) -> Condition:
    return lambda item: (item.get("status") or {}).get("phase") in phases


def has(name: str) -> Condition:
    """Hold when the condition ``name`` is True."""
    return lambda item: any(
        condition["type"] == name and condition["status"] == "True"
        for condition in (item.get("status") or {}).get("conditions") or ()
    )


def waits_for(reason: str) -> Condition:
    return lambda item: any(
        ((state.get("state") or {}).get("waiting") or {}).get("reason") == reason
        for state in (item.get("status") or {}).get("containerStatuses") or ()
    )


def main_state(item: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = item["status"]["containerStatuses"][0]["state"]
    return found
