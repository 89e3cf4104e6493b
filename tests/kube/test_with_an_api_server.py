"""The client and informers against a whole API server, in memory and over HTTPS."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tenter import errors
from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Change, Client, Informers, PatchType, Resource
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection
from tenter.manifests import Key, Manifest

Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture(params=["memory", "https"])
def client_of_a_cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Client]:
        environment = Environment(now=time.time, random=random.Random(1))
        async with EmbeddedCluster(environment, workloads=False) as cluster:
            if request.param == "memory":
                yield Client(cluster.transport(), environment)
                return
            await cluster.serve()
            kubeconfig = tmp_path / "kubeconfig"
            kubeconfig.write_text(cluster.kubeconfig())
            client = Client(HttpTransport(find_connection(kubeconfig), environment), environment)
            try:
                yield client
            finally:
                await client.aclose()

    return opened


def config_map(name: str = "web", **data: str) -> Manifest:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def kind(client: Client) -> Resource:
    return await client.resource("", "ConfigMap")


async def test_an_applied_object_is_created_once(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        first = await client.apply(resource, config_map(x="1"))
        again = await client.apply(resource, config_map(x="1"))
    assert (first.created, again.created) == (True, False)
    versions = [answer.object["metadata"]["resourceVersion"] for answer in (first, again)]
    assert versions[0] == versions[1]


async def test_a_taken_name_already_exists(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        await client.create(resource, config_map())
        with pytest.raises(errors.AlreadyExists):
            await client.create(resource, config_map())


async def test_a_dry_run_leaves_nothing_behind(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        await client.apply(resource, config_map(), dry_run=True)
        with pytest.raises(errors.NotFound):
            await client.get(resource, "default", "web")


async def test_an_unknown_field_is_invalid(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        with pytest.raises(errors.Invalid, match="not declared in schema"):
            await client.apply(await kind(client), {**config_map(), "dta": {}})


async def test_another_uid_is_not_deleted(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        await client.create(resource, config_map())
        with pytest.raises(errors.Conflict):
            await client.delete(resource, "default", "web", uid="another")
        await client.get(resource, "default", "web")


async def test_a_json_patch_is_refused_where_its_test_does_not_hold(
    client_of_a_cluster: Open,
) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        await client.create(resource, config_map(x="1"))
        body = [
            {"op": "test", "path": "/data/x", "value": "2"},
            {"op": "remove", "path": "/data/x"},
        ]
        with pytest.raises(errors.Invalid):
            await client.patch(resource, "default", "web", body, patch_type=PatchType.JSON)


async def test_a_list_in_pages_is_whole(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        for number in range(7):
            await client.create(resource, config_map(f"web-{number}"))
        listed = await client.list(resource, "default", page_size=3)
    names = [item["metadata"]["name"] for item in listed.items]
    assert [f"web-{number}" for number in range(7)] == [n for n in names if n.startswith("web-")]
    assert all(item["kind"] == "ConfigMap" for item in listed.items)


async def test_an_informer_sees_each_write_in_order(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        resource = await kind(client)
        async with Informers(client, Environment(now=time.time, random=random.Random(2))) as live:
            await live.watch(resource, "default")
            seen: list[Change] = []
            gone = asyncio.Event()

            def note(change: Change) -> None:
                seen.append(change)
                if change.deleted:
                    gone.set()

            live.on_change(note)
            created = await client.create(resource, config_map(x="1"))
            applied = (await client.apply(resource, config_map(x="2"))).object
            await client.delete(resource, "default", "web")
            async with asyncio.timeout(10):
                await gone.wait()
            assert live.get(Key("", "ConfigMap", "default", "web")) is None
    versions = [created["metadata"]["resourceVersion"], applied["metadata"]["resourceVersion"]]
    assert [change.resource_version for change in seen[:2]] == versions
    assert [change.deleted for change in seen] == [False, False, True]


async def test_these_credentials_may_do_what_the_server_says(client_of_a_cluster: Open) -> None:
    async with client_of_a_cluster() as client:
        assert (await client.access_review("delete", await kind(client), "default")).allowed
