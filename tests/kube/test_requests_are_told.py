from __future__ import annotations

import random
import re
import time

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import ClusterUnreachable, NotFound
from tenter.kube import Client, Request, Resource, Response, Transport
from tenter.kube.building import watch
from tenter.kube.request_log import LoggedTransport

SECRETS = Resource(group="", version="v1", kind="Secret", plural="secrets", namespaced=True)
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "login", "namespace": "default"},
    "stringData": {"password": "hunter2"},
}


def environment() -> Environment:
    return Environment(now=time.time, random=random.Random(1))


async def test_each_request_is_told_with_its_answer_and_no_body() -> None:
    told: list[str] = []
    async with EmbeddedCluster(environment(), workloads=False) as cluster:
        client = Client(LoggedTransport(cluster.transport(), told.append), environment())
        await client.create(SECRETS, SECRET)
        await client.get(SECRETS, "default", "login")
        with pytest.raises(NotFound):
            await client.get(SECRETS, "default", "other")
    plain = [re.sub(r"after \d+ ms, .*", "", line) for line in told]
    path = "/api/v1/namespaces/default/secrets"
    assert plain == [
        f"POST {path}?fieldManager=tenter: 201 ",
        f"GET {path}/login: 200 ",
        f"GET {path}/other: 404 NotFound ",
    ]
    assert not any("hunter2" in line or "aHVudGVyMg" in line for line in told)


async def test_a_value_that_the_server_quotes_is_not_told() -> None:
    told: list[str] = []
    bad = {**SECRET, "stringData": None, "data": {"password": "hunter2!"}}
    async with EmbeddedCluster(environment(), workloads=False) as cluster:
        client = Client(LoggedTransport(cluster.transport(), told.append), environment())
        with pytest.raises(Exception, match="base64"):
            await client.create(SECRETS, bad)
    assert len(told) == 1
    assert "hunter2" not in told[0]


async def test_a_stream_is_told_when_it_opens_and_when_it_ends() -> None:
    told: list[str] = []
    async with EmbeddedCluster(environment(), workloads=False) as cluster:
        transport = LoggedTransport(cluster.transport(), told.append)
        request = watch(SECRETS, "default", resource_version="1")
        async with transport.stream(request, timeout=5.0) as stream:
            assert stream.status == 200
            assert [line.endswith("ms, a stream") for line in told] == [True]
    assert "the stream ended" in told[1]


async def test_a_server_that_does_not_answer_is_told() -> None:
    class Dead:
        async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
            raise ClusterUnreachable(f"{request.path} had no answer within {timeout} s")

        def stream(self, request: Request, *, timeout: float) -> None:
            raise AssertionError(request, timeout)

        async def aclose(self) -> None:
            pass

    told: list[str] = []
    dead: Transport = Dead()  # type: ignore[assignment]
    client = Client(LoggedTransport(dead, told.append), environment(), tries=1)
    with pytest.raises(ClusterUnreachable):
        await client.get(SECRETS, "default", "login")
    assert told[0].startswith(
        "GET /api/v1/namespaces/default/secrets/login: ClusterUnreachable after"
    )
