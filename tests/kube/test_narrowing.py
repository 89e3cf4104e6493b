"""Credentials that may see only a part of a kind, on a cluster in memory."""

from __future__ import annotations

import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import Forbidden
from tenter.kube import Client, Informers, Request, Resource, Response, Stream, Transport
from tenter.kube.narrowing import MOST_NAMED, follow
from tenter.manifests import Key

CONFIG_MAPS = Resource(
    group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True
)


class Guarded:
    """Answers 403 to whatever ``forbids`` says of a list or watch."""

    def __init__(self, transport: Transport, forbids: Callable[[Request], bool]) -> None:
        self.transport = transport
        self.forbids = forbids

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        if request.method == "GET" and self.forbids(request):
            status = {"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no"}
            return Response(status=403, body=json.dumps(status).encode())
        return await self.transport.send(request, timeout=timeout)

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        return self.transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self.transport.aclose()


def everywhere(request: Request) -> bool:
    return request.path == "/api/v1/configmaps"


def unnamed(request: Request) -> bool:
    return request.path.endswith("/configmaps") and not any(
        name == "fieldSelector" for name, _ in request.query
    )


def anything(request: Request) -> bool:
    return request.path.endswith("/configmaps")


def key(name: str, namespace: str = "default") -> Key:
    return Key("", "ConfigMap", namespace, name)


@asynccontextmanager
async def sighted(forbids: Callable[[Request], bool]) -> AsyncIterator[Informers]:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment, workloads=False) as cluster:
        client = Client(cluster.transport(), environment)
        for name in ("a", "b"):
            manifest = {"metadata": {"name": name, "namespace": "default"}}
            await client.apply(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap", **manifest})
        guarded = Client(Guarded(cluster.transport(), forbids), environment)
        async with Informers(guarded, environment) as informers:
            yield informers


async def test_what_may_be_listed_is_followed_as_a_whole() -> None:
    async with sighted(lambda _: False) as informers:
        sight = await follow(informers, CONFIG_MAPS, "", [key("a")])
        assert sight.narrowed == ""
        assert informers.get(key("b")) is not None


async def test_where_not_all_namespaces_may_be_listed_those_asked_for_are() -> None:
    async with sighted(everywhere) as informers:
        sight = await follow(informers, CONFIG_MAPS, "", [key("a")])
        assert "configmaps may not be listed everywhere, so only default" in sight.narrowed
        assert informers.get(key("b")) is not None
        assert not informers.covers(key("b", "kube-system"))


async def test_where_a_namespace_may_not_be_listed_its_objects_are_followed_by_name() -> None:
    async with sighted(unnamed) as informers:
        sight = await follow(informers, CONFIG_MAPS, "default", [key("a"), key("c")])
        assert "2 are looked at by their names" in sight.narrowed
        assert informers.get(key("a")) is not None
        assert informers.covers(key("c"))
        assert not informers.covers(key("b"))


async def test_narrowing_goes_from_everywhere_to_names() -> None:
    async with sighted(unnamed) as informers:
        sight = await follow(informers, CONFIG_MAPS, "", [key("a")])
        assert "may not be listed everywhere" in sight.narrowed
        assert "one is looked at by its name" in sight.narrowed
        assert informers.get(key("a")) is not None


async def test_an_object_that_may_not_be_seen_at_all_is_an_error() -> None:
    async with sighted(anything) as informers:
        with pytest.raises(Forbidden):
            await follow(informers, CONFIG_MAPS, "default", [key("a")])


async def test_too_many_objects_are_not_followed_one_by_one() -> None:
    async with sighted(unnamed) as informers:
        with pytest.raises(Forbidden):
            await follow(
                informers, CONFIG_MAPS, "default", [key(f"c{n}") for n in range(MOST_NAMED + 1)]
            )
