"""The controller of Ship objects: it writes the status that each one's spec asks for."""

from __future__ import annotations

import asyncio
from typing import Self

from tenter.environment import Environment
from tenter.errors import NotFound
from tenter.kube import Client, Informers
from tenter.kube.informers import Change
from tests.behaviour.manifests import SHIP_GROUP

_PHASES = {"succeed": "Done", "fail": "Broken"}
_VOYAGE = 0.1
"""Seconds from a Ship's creation to its end."""


class Harbour:
    """Runs as ``async with Harbour(client, environment)``, once the kind is there."""

    def __init__(self, client: Client, environment: Environment) -> None:
        self._client = client
        self._informers = Informers(client, environment)
        self._tasks = asyncio.TaskGroup()
        self._voyages: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        await self._informers.__aenter__()
        self._informers.on_change(self._changed)
        await self._informers.watch(await self._client.resource(SHIP_GROUP, "Ship"), None)
        return self

    async def __aexit__(self, *_: object) -> None:
        for voyage in self._voyages.values():
            voyage.cancel()
        await self._informers.__aexit__(None, None, None)
        await self._tasks.__aexit__(None, None, None)

    def _changed(self, change: Change) -> None:
        phase = _PHASES.get(change.object["spec"]["outcome"])
        if change.deleted or phase is None or change.uid in self._voyages:
            return
        namespace, name = change.key.namespace, change.key.name
        self._voyages[change.uid] = self._tasks.create_task(self._sail(namespace, name, phase))

    async def _sail(self, namespace: str, name: str, phase: str) -> None:
        await asyncio.sleep(_VOYAGE)
        resource = await self._client.resource(SHIP_GROUP, "Ship")
        try:
            await self._client.patch(
                resource, namespace, name, {"status": {"phase": phase}}, subresource="status"
            )
        except NotFound:
            return  # deleted while at sea
