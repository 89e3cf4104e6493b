"""Writes Events: the same one again only counts, and none ever holds up a controller.

Events are a courtesy. One that cannot be written, because its namespace ends say, is forgotten.
Kubernetes keeps them for an hour; here the oldest go when there are many.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tenter import errors
from tenter.embedded.controllers.occurrences import Occurrence
from tenter.embedded.timestamps import format_time
from tenter.environment import Environment
from tenter.kube import Client
from tenter.manifests import Manifest

_KEPT = 1024
"""Events that stay, and are counted up when they happen again; an older one is deleted."""
_LONGEST_NAME = 230
"""Letters of an Event's name before its number, so that all of it is a valid name."""


class Recorder:
    """Writes what ``tell`` is told, in its order, while ``run`` runs."""

    def __init__(self, client: Client, environment: Environment) -> None:
        self._client = client
        self._environment = environment
        self._waiting: asyncio.Queue[tuple[Occurrence, float]] = asyncio.Queue()
        self._written: dict[tuple[Any, ...], Manifest] = {}
        self._last = 0

    def tell(self, occurrence: Occurrence) -> None:
        """Have an occurrence of this moment written, soon."""
        self._waiting.put_nowait((occurrence, self._environment.now()))

    async def run(self) -> None:
        """Write, for ever."""
        while True:
            occurrence, moment = await self._waiting.get()
            try:
                await self._record(occurrence, moment)
            except errors.TenterError:
                continue

    async def _record(self, occurrence: Occurrence, moment: float) -> None:
        resource = await self._client.resource("", "Event")
        about = tuple(sorted(occurrence.about.items()))
        key = (about, occurrence.type, occurrence.reason, occurrence.message)
        stamp = format_time(moment)
        before = self._written.pop(key, None)
        if before is not None:
            metadata = before["metadata"]
            again = {"count": before["count"] + 1, "lastTimestamp": stamp}
            try:
                after = await self._client.patch(
                    resource, metadata["namespace"], metadata["name"], again
                )
            except errors.NotFound:
                before = None
            else:
                self._written[key] = after
        if before is None:
            event = self._event(occurrence, stamp, moment)
            self._written[key] = await self._client.create(resource, event)
        while len(self._written) > _KEPT:
            oldest = self._written.pop(next(iter(self._written)))["metadata"]
            await self._client.delete(resource, oldest["namespace"], oldest["name"])

    def _event(self, occurrence: Occurrence, stamp: str, moment: float) -> Manifest:
        # Names sort as the events happened.
        self._last = max(self._last + 1, int(moment * 1e9))
        namespace = occurrence.about.get("namespace") or "default"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{occurrence.about['name'][:_LONGEST_NAME]}.{self._last:x}",
                "namespace": namespace,
            },
            "involvedObject": {"namespace": namespace, **occurrence.about},
            "type": occurrence.type,
            "reason": occurrence.reason,
            "message": occurrence.message,
            "source": {"component": occurrence.component},
            "reportingComponent": occurrence.component,
            "reportingInstance": "",
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
        }
