"""The node on a cluster that is not its own."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.embedded.node import FOREIGN, Node
from tenter.environment import Environment
from tenter.errors import NotFound, UsageError
from tenter.kube import Client

TOLERATED = [{"key": "tenter.dev/node", "operator": "Exists"}]


@pytest.fixture
def environment() -> Environment:
    return Environment(now=time.time, random=random.Random(1))


@pytest.fixture
async def client(environment: Environment) -> AsyncIterator[Client]:
    async with EmbeddedCluster(environment, workloads=False) as cluster:
        yield Client(cluster.transport(), environment)


async def create_pod(client: Client, name: str, tolerations: list[dict[str, Any]]) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "restartPolicy": "Never",
            "tolerations": tolerations,
            "containers": [{"name": "main", "image": "busybox"}],
        },
    }
    await client.create(await client.resource("", "Pod"), manifest)


async def until(client: Client, kind: str, name: str, phase: str) -> None:
    resource = await client.resource("", kind)
    async with aclosing(client.watch(resource, "default", name=name)) as events:
        async for event in events:
            if event.object["status"].get("phase") == phase:
                return


async def phase_of(client: Client, name: str) -> str:
    live = await client.get(await client.resource("", "Pod"), "default", name)
    phase: str = live["status"]["phase"]
    return phase


@pytest.mark.parametrize(
    "toleration",
    [
        {},
        {"operator": "Exists"},
        {"key": "tenter.dev/other", "operator": "Exists"},
        {"key": "tenter.dev/node", "value": "another"},
        {"key": "tenter.dev/node", "operator": "Exists", "effect": "NoExecute"},
    ],
)
async def test_only_pods_that_name_its_taint_run(
    client: Client, environment: Environment, toleration: dict[str, Any]
) -> None:
    await create_pod(client, "stranger", [toleration] if toleration else [])
    await create_pod(client, "guest", TOLERATED)

    async with Node(client, environment, taint=FOREIGN):
        async with asyncio.timeout(10):
            await until(client, "Pod", "guest", "Succeeded")

        assert await phase_of(client, "stranger") == "Pending"


async def test_a_pod_that_was_bound_to_it_by_another_must_tolerate_it_too(
    client: Client, environment: Environment
) -> None:
    await create_pod(client, "guest", TOLERATED)
    pods = await client.resource("", "Pod")
    stranger = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stranger", "namespace": "default"},
        "spec": {
            "nodeName": "embedded",
            "restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox"}],
        },
    }
    await client.create(pods, stranger)

    async with Node(client, environment, taint=FOREIGN):
        async with asyncio.timeout(10):
            await until(client, "Pod", "guest", "Succeeded")

        assert await phase_of(client, "stranger") == "Pending"


async def test_a_cluster_with_other_nodes_is_refused(
    client: Client, environment: Environment
) -> None:
    other = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1"}}
    await client.create(await client.resource("", "Node"), other)

    with pytest.raises(UsageError, match="worker-1"):
        async with Node(client, environment, taint=FOREIGN):
            pass

    with pytest.raises(NotFound):
        await client.get(await client.resource("", "Node"), "", "embedded")


async def test_it_shows_its_taint_and_tells_that_it_lives(
    client: Client, environment: Environment
) -> None:
    async with Node(client, environment, taint=FOREIGN):
        live = await client.get(await client.resource("", "Node"), "", "embedded")
        assert {"key": "tenter.dev/node", "effect": "NoSchedule"} in live["spec"]["taints"]
        leases = await client.resource("coordination.k8s.io", "Lease")
        watch = client.watch(leases, "kube-node-lease", name="embedded")
        async with asyncio.timeout(10), aclosing(watch) as events:
            event = await anext(events)
        assert event.object["spec"]["holderIdentity"] == "embedded"
        assert event.object["metadata"]["ownerReferences"][0]["uid"] == live["metadata"]["uid"]


async def test_it_takes_the_node_with_it(client: Client, environment: Environment) -> None:
    async with Node(client, environment, taint=FOREIGN):
        pass

    with pytest.raises(NotFound):
        await client.get(await client.resource("", "Node"), "", "embedded")
