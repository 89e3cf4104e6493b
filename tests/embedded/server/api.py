"""Talks to an API server in memory, in the bare terms of requests and answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tenter.embedded import Access, ApiServer, Identity, MemoryTransport, Store
from tenter.environment import Environment
from tenter.kube.requests import Request
from tenter.manifests import Manifest

START = 1_700_000_000.0
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Clock:
    """A wall clock that tests set."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def version(self) -> str:
        version: str = self.body["metadata"]["resourceVersion"]
        return version


class Api:
    def __init__(self, server: ApiServer, clock: Clock, identity: Identity | None = None) -> None:
        self.server = server
        self.store = server.store
        self.clock = clock
        self.transport = MemoryTransport(server, identity or Identity("tester"))

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        headers: tuple[tuple[str, str], ...] = (),
        **query: str,
    ) -> Answer:
        request = Request(
            method=method,
            path=path,
            query=tuple(query.items()),
            headers=headers,
            body=body if isinstance(body, bytes | None) else msgspec.json.encode(body),
            content_type=content_type,
            accept=accept,
        )
        response = await self.transport.send(request, timeout=10)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        decoded = msgspec.json.decode(response.body) if is_json else response.body
        return Answer(response.status, decoded, response.headers)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any, **options: Any) -> Answer:
        return await self.send("POST", path, body, **options)

    async def put(self, path: str, body: Any, **options: Any) -> Answer:
        return await self.send("PUT", path, body, **options)

    async def delete(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.send("DELETE", path, body, **options)

    async def patch(self, path: str, body: Any, content_type: str, **options: Any) -> Answer:
        return await self.send("PATCH", path, body, content_type=content_type, **options)

    async def apply(self, path: str, body: Any, manager: str = "tests", **options: Any) -> Answer:
        return await self.patch(path, body, APPLY, fieldManager=manager, **options)

    async def made(self, path: str, body: Any) -> Manifest:
        """Create an object that must be acceptable, and return it."""
        answer = await self.post(path, body)
        assert answer.status == 201, answer.body
        created: Manifest = answer.body
        return created

    @asynccontextmanager
    async def watching(self, path: str, **query: str) -> AsyncIterator[Watch]:
        """Watch ``path``; every wait for an event ends after 10 seconds."""
        request = Request(method="GET", path=path, query=(("watch", "true"), *query.items()))
        async with self.transport.stream(request, timeout=10) as stream:
            assert stream.status == 200
            yield Watch(stream.chunks)

    async def settled(self) -> None:
        """Return when the machinery has nothing left to do."""
        async with asyncio.timeout(10):
            while not self.server.machinery.idle:  # noqa: ASYNC110  # one turn of the loop each
                await asyncio.sleep(0)


class Watch:
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._lines: list[bytes] = []

    async def next(self) -> tuple[str, Manifest]:
        """Return the next event's type and object."""
        async with asyncio.timeout(10):
            while not self._lines:
                self._lines = (await anext(self._chunks)).splitlines()
        event = msgspec.json.decode(self._lines.pop(0))
        return event["type"], event["object"]

    async def names(self, count: int) -> list[str]:
        """Return the next events as ``ADDED name``."""
        events = [await self.next() for _ in range(count)]
        return [f"{word} {object_['metadata'].get('name', '')}".strip() for word, object_ in events]

    async def rest(self) -> list[str]:
        """Return the types of all events until the server ends the watch."""
        async with asyncio.timeout(10):
            chunks = [chunk async for chunk in self._chunks]
        lines = self._lines + b"".join(chunks).splitlines()
        return [msgspec.json.decode(line)["type"] for line in lines]


@asynccontextmanager
async def running(
    *, store: Store | None = None, access: Access | None = None, seed: int = 1
) -> AsyncIterator[Api]:
    """Run an API server with its machinery."""
    clock = Clock()
    environment = Environment(now=clock, random=random.Random(seed))
    server = ApiServer(environment, store=store, access=access)
    async with server:
        yield Api(server, clock)


def config_map(name: str = "a", /, data: dict[str, str] | None = None, **metadata: Any) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": data or {"key": "value"},
    }


def pod(name: str = "p", /, spec: dict[str, Any] | None = None, **metadata: Any) -> Manifest:
    containers = [{"name": "main", "image": "busybox"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **metadata},
        "spec": {"containers": containers, **(spec or {})},
    }


def deployment(name: str = "web", replicas: int = 1) -> Manifest:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": "nginx"}]},
            },
        },
    }


def definition(**version: Any) -> Manifest:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {"size": {"type": "integer"}, "color": {"type": "string"}},
                "required": ["size"],
            },
            "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
        },
    }
    first = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        **version,
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [first],
        },
    }


WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"


def widget(name: str = "w", /, **spec: Any) -> Manifest:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": name},
        "spec": {"size": 1, **spec},
    }


def owner(manifest: Manifest, *, block: bool = True) -> dict[str, Any]:
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "name": manifest["metadata"]["name"],
        "uid": manifest["metadata"]["uid"],
        "blockOwnerDeletion": block,
    }
