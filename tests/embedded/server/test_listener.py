import asyncio
import io
import json
import random
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from tests.embedded.server.api import CONFIG_MAPS, config_map

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import UsageError


@asynccontextmanager
async def served() -> AsyncIterator[tuple[EmbeddedCluster, aiohttp.ClientSession]]:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment, workloads=False) as cluster:
        await cluster.serve()
        trust = ssl.create_default_context(cadata=cluster.certificate_authority.decode())
        headers = {"Authorization": f"Bearer {cluster.token}"}
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(
            cluster.url, connector=connector, headers=headers
        ) as session:
            yield cluster, session


async def test_https_answers_as_memory_does() -> None:
    async with served() as (cluster, session):
        async with session.post(CONFIG_MAPS, json=config_map()) as made:
            assert made.status == 201
        async with session.get(CONFIG_MAPS) as listed:
            over_https = await listed.json()
        names = [item["metadata"]["name"] for item in over_https["items"]]
        assert names == ["a"]
        assert cluster.store.count("configmaps") == 1


async def test_a_wrong_token_is_unauthorized() -> None:
    headers = {"Authorization": "Bearer no"}
    async with served() as (_, session), session.get(CONFIG_MAPS, headers=headers) as answer:
        assert answer.status == 401
        assert (await answer.json())["reason"] == "Unauthorized"


async def test_a_watch_streams_events_as_they_come() -> None:
    async with served() as (_, session):
        async with session.get(CONFIG_MAPS, params={"watch": "true"}) as watch:
            async with session.post(CONFIG_MAPS, json=config_map()) as made:
                assert made.status == 201
            async with asyncio.timeout(10):
                line = await watch.content.readline()
        assert b'"ADDED"' in line


async def test_a_watch_that_the_client_leaves_is_forgotten() -> None:
    async with served() as (cluster, session):
        async with session.get(CONFIG_MAPS, params={"watch": "true"}):
            pass
        async with session.post(CONFIG_MAPS, json=config_map()) as made:
            assert made.status == 201
        held = cluster.store._resources["configmaps"]
        async with asyncio.timeout(10):
            while held.waiters:  # noqa: ASYNC110  # each turn of the loop may see it off
                await asyncio.sleep(0)


async def test_the_cluster_stops_although_someone_watches() -> None:
    environment = Environment(now=time.time, random=random.Random(1))
    async with asyncio.timeout(10), aiohttp.ClientSession() as session:
        async with EmbeddedCluster(environment, workloads=False) as cluster:
            await cluster.serve()
            trust = ssl.create_default_context(cadata=cluster.certificate_authority.decode())
            headers = {"Authorization": f"Bearer {cluster.token}"}
            url = f"{cluster.url}{CONFIG_MAPS}?watch=true"
            watch = await session.get(url, ssl=trust, headers=headers)
        with pytest.raises(aiohttp.ClientPayloadError):
            await watch.read()
        watch.close()


async def test_too_large_a_body_is_refused_with_a_status() -> None:
    async with served() as (_, session):
        body = io.BytesIO(json.dumps(config_map(data={"a": "x" * 4_000_000})).encode())
        headers = {"Content-Type": "application/json"}
        async with session.post(CONFIG_MAPS, data=body, headers=headers) as answer:
            assert answer.status == 413
            assert (await answer.json())["reason"] == "RequestEntityTooLarge"


async def test_a_fault_of_the_server_is_an_internal_error_and_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reported = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(
        loop, "call_exception_handler", lambda context: reported.append(context["exception"])
    )
    async with served() as (cluster, session):
        monkeypatch.setattr(cluster.store, "objects", None)
        async with session.get(CONFIG_MAPS) as answer:
            assert answer.status == 500
            assert (await answer.json())["reason"] == "InternalError"
    assert len(reported) == 1


async def test_a_port_that_is_taken_is_told() -> None:
    async with served() as (cluster, _):
        port = int(cluster.url.rpartition(":")[2])
        environment = Environment(now=time.time, random=random.Random(1))
        async with EmbeddedCluster(environment, workloads=False) as other:
            with pytest.raises(UsageError, match=f"127.0.0.1:{port}"):
                await other.serve(port=port)
