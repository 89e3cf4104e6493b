"""Applications that go to clusters of Secrets, which come, fail and go."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from tenter.argoproj import Cluster
from tenter.controller import controller
from tenter.embedded import EmbeddedCluster
from tenter.errors import ClusterUnreachable
from tenter.kube import Client
from tenter.manifests import Manifest
from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, job

FAR = "https://far.example.com"
THERE = {"name": "far", "namespace": "default"}


class Far:
    """A second cluster, and whether it answers."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answers = True
        self.tokens: list[str] = []

    @contextlib.asynccontextmanager
    async def connect(self, cluster: Cluster) -> AsyncIterator[Client]:
        self.tokens.append(cluster.config.bearer_token)
        if not self.answers:
            raise ClusterUnreachable(f"nobody answers at {cluster.server}")
        yield self.client

    async def data(self, name: str) -> dict[str, str]:
        resource = await self.client.resource("", "ConfigMap")
        live = await self.client.get(resource, "default", name)
        found: dict[str, str] = live["data"]
        return found


@pytest.fixture
async def far(fleet: Fleet) -> AsyncIterator[Far]:
    async with EmbeddedCluster(fleet.environment) as cluster:
        yield Far(Client(cluster.transport(), fleet.environment))


@contextlib.asynccontextmanager
async def running(fleet: Fleet, far: Far) -> AsyncIterator[None]:
    client = Client(fleet.cluster.transport(), fleet.environment)
    async with (
        controller(client, fleet.environment, fleet.options(), far.connect) as made,
        asyncio.TaskGroup() as tasks,
    ):
        task = tasks.create_task(made.run())
        try:
            yield
        finally:
            task.cancel()


def secret(proof: str = "one", **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "far",
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {
            "name": "far",
            "server": FAR,
            "config": json.dumps({"bearerToken": proof}),
            **data,
        },
    }


async def test_an_application_is_synced_to_the_cluster_of_a_secret(fleet: Fleet, far: Far) -> None:
    fleet.repository.commit({"all.yaml": config("settings", a="1") + job("migrate", "PreSync")})
    await fleet.create(secret())
    async with running(fleet, far):
        await fleet.application(destination=THERE)
        await fleet.until_status("OutOfSync")
        app = await fleet.sync()
        assert app["status"]["operationState"]["phase"] == "Succeeded"
        assert await far.data("settings") == {"a": "1"}
        assert not await fleet.exists("ConfigMap", "settings")
        await fleet.until_status("Synced")
        resource = await far.client.resource("", "ConfigMap")
        await far.client.patch(resource, "default", "settings", {"data": {"a": "2"}})
        await fleet.until_status("OutOfSync")
    assert far.tokens == ["one"]


async def test_a_cluster_that_nobody_knows_is_a_condition_until_it_has_a_secret(
    fleet: Fleet, far: Far
) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    async with running(fleet, far):
        await fleet.application(destination=THERE)
        app = await fleet.until(lambda app: conditions(app)["InvalidSpecError"])
        assert "there is no cluster far" in conditions(app)["InvalidSpecError"]
        await fleet.create(secret())
        await fleet.until_status("OutOfSync")
        await fleet.delete("Secret", "far", NAMESPACE)
        await fleet.until(lambda app: conditions(app)["InvalidSpecError"])


async def test_a_cluster_that_does_not_answer_is_a_condition_until_it_does(
    fleet: Fleet, far: Far
) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    far.answers = False
    await fleet.create(secret())
    async with running(fleet, far):
        await fleet.application(destination=THERE)
        app = await fleet.until(lambda app: "nobody answers" in conditions(app)["UnknownError"])
        assert app["status"]["sync"]["status"] == "Unknown"
        assert app["status"]["health"]["status"] == "Unknown"
        far.answers = True
        await fleet.until_status("OutOfSync")
        assert not conditions(fleet.now() or {})


async def test_other_credentials_are_used_as_soon_as_they_are_there(fleet: Fleet, far: Far) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    await fleet.create(secret("one"))
    async with running(fleet, far):
        await fleet.application(destination=THERE)
        await fleet.until_status("OutOfSync")
        changed = json.dumps({"bearerToken": "two"})
        await fleet.patch("Secret", "far", {"stringData": {"config": changed}}, NAMESPACE)
        await fleet.until(lambda app: far.tokens == ["one", "two"])
        await fleet.until_status("OutOfSync")


async def test_a_namespace_that_the_secret_does_not_name_is_refused(fleet: Fleet, far: Far) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    await fleet.create(secret(namespaces="shop"))
    async with running(fleet, far):
        await fleet.application(destination=THERE)
        app = await fleet.until(lambda app: conditions(app)["InvalidSpecError"])
    assert "does not let the namespace default be used" in conditions(app)["InvalidSpecError"]
