"""Informers over a network that breaks, and the cluster as it really is beside them."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import AlreadyExists, NotFound
from tenter.kube import Change, Client, Informers, Resource
from tenter.kube.io_http import HttpTransport
from tenter.kube.kubeconfig import Connection, User
from tenter.manifests import Key, Manifest
from tests.behaviour.fixtures import MORNING
from tests.faults.network.proxy import Proxy
from tests.kube.authority import Authority

SHOP = "shop"
NAMED = "named"
_PATIENCE = 3600.0
"""Virtual seconds within which what happened must have been told."""


@dataclass
class Scene:
    """``client`` and ``informers`` go through ``proxy``; ``admin`` sees the cluster itself."""

    cluster: EmbeddedCluster
    proxy: Proxy
    folder: Path
    admin: Client
    client: Client
    informers: Informers
    config_maps: Resource
    secrets: Resource
    told: dict[Key, Manifest] = field(default_factory=dict)
    marks: itertools.count[int] = field(default_factory=itertools.count)

    # The cluster

    async def write(self, name: str, *, kind: str = "ConfigMap", **data: str) -> None:
        """Create the object or change it."""
        resource = self._resource(kind)
        await self.admin.apply(resource, manifest(name, kind=kind, **data))

    async def delete(self, name: str, *, kind: str = "ConfigMap") -> None:
        with suppress(NotFound):
            await self.admin.delete(self._resource(kind), SHOP, name)

    async def change_at_random(self, chance: random.Random) -> None:
        """Create, change, delete and create again some objects."""
        for _ in range(chance.randint(1, 6)):
            kind = chance.choice(("ConfigMap", "Secret"))
            name = chance.choice(("a", "b", "c", "d", NAMED))
            if chance.random() < 0.3:
                await self.delete(name, kind=kind)
            else:
                await self.write(name, kind=kind, value=str(chance.random()))

    def forget_history(self) -> None:
        """Have the server answer 410 to whoever goes on from an earlier version."""
        self.cluster.store.compact()

    def _resource(self, kind: str) -> Resource:
        return self.config_maps if kind == "ConfigMap" else self.secrets

    # What the informers have

    def changed(self, change: Change) -> None:
        if change.deleted:
            self.told.pop(change.key)
        else:
            self.told[change.key] = change.object

    async def equals(self) -> None:
        """Wait until the latest change was told, and hold the informers to the cluster then."""
        value = f"mark {next(self.marks)}"
        for kind, name in (("ConfigMap", "mark"), ("Secret", NAMED)):
            await self.write(name, kind=kind, value=value)
        async with asyncio.timeout(_PATIENCE):
            await self._until(lambda: self._has("ConfigMap", "mark", value))
            await self._until(lambda: self._has("Secret", NAMED, value))
        live = await self._live()
        known = {
            key: found
            for resource in (self.config_maps, self.secrets)
            for found in self.informers.items(resource)
            for key in [resource.key_of(found)]
        }
        assert known == {key: _plain(found) for key, found in live.items()}
        assert self.told == known
        assert {key: self.informers.managed_fields(key) for key in live} == {
            key: _owners(found) for key, found in live.items()
        }

    async def recovers(self) -> None:
        """Have nothing go wrong any more; then all is told, and nothing is complained of."""
        self.proxy.heal()
        self.proxy.hang_up()
        await self.equals()
        assert self.informers.troubles == ()

    def _has(self, kind: str, name: str, value: str) -> bool:
        found = self.informers.get(Key("", kind, SHOP, name))
        return found is not None and found["metadata"]["labels"].get("value") == label(value)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._next_change()

    async def _next_change(self) -> None:
        changed = asyncio.Event()
        stop = self.informers.on_change(lambda _: changed.set())
        try:
            await changed.wait()
        finally:
            stop()

    async def _live(self) -> dict[Key, Manifest]:
        """Return what the informers were asked to follow, as it is."""
        maps = await self.admin.list(self.config_maps)
        named = await self.admin.list(self.secrets, SHOP, name=NAMED)
        return {
            resource.key_of(item): item
            for resource, listed in ((self.config_maps, maps), (self.secrets, named))
            for item in listed.items
        }


@asynccontextmanager
async def scene(folder: Path, **user: Any) -> AsyncIterator[Scene]:
    """Open a cluster behind a proxy, and informers of all ConfigMaps and one Secret."""
    loop = asyncio.get_running_loop()
    environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(1))
    authority = Authority()
    trusted = folder / "ca.pem"
    trusted.write_text(authority.certificate)
    async with (
        EmbeddedCluster(environment, workloads=False) as cluster,
        Proxy(cluster.transport(), folder, authority) as proxy,
    ):
        admin = Client(cluster.transport(), environment)
        config_maps = await admin.resource("", "ConfigMap")
        secrets = await admin.resource("", "Secret")
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHOP}}
        with suppress(AlreadyExists):
            await admin.create(await admin.resource("", "Namespace"), namespace)
        connection = Connection(
            server=proxy.url, ca_file=str(trusted), user=User(**user), context="test", proxy=""
        )
        client = Client(HttpTransport(connection, environment), environment)
        try:
            async with Informers(client, environment, keep_managed_fields=True) as informers:
                opened = Scene(
                    cluster, proxy, folder, admin, client, informers, config_maps, secrets
                )
                informers.on_change(opened.changed)
                yield opened
        finally:
            await client.aclose()
            proxy.hang_up()


async def follow(opened: Scene) -> None:
    """Begin to follow what ``Scene.equals`` looks at."""
    await opened.informers.watch(opened.config_maps)
    await opened.informers.watch(opened.secrets, SHOP, name=NAMED)


def manifest(name: str, *, kind: str = "ConfigMap", value: str = "", **data: str) -> Manifest:
    labels = {"labels": {"value": label(value)}} if value else {}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": SHOP, **labels},
        **({"data": data} if data else {}),
    }


def label(value: str) -> str:
    return value.replace(" ", "-")


def _plain(found: Manifest) -> Manifest:
    metadata = {k: v for k, v in found["metadata"].items() if k != "managedFields"}
    return {**found, "metadata": metadata}


def _owners(found: Manifest) -> list[Any]:
    entries = found["metadata"].get("managedFields") or []
    return [{k: v for k, v in entry.items() if k != "time"} for entry in entries]
