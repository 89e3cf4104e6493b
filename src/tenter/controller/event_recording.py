"""Creates the Events that tell of Applications, beside the work and never in its way.

An Event that cannot be created is logged and lost: it is for people, the truth is in the status. So
that a flood of them holds up nothing, only so many wait; beyond that the oldest are lost.
"""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from tenter.errors import AlreadyExists, Forbidden, TenterError
from tenter.kube.client import Client
from tenter.manifests import Manifest

log = structlog.get_logger(__name__)

MOST_WAITING = 1000


class EventRecorder:
    """Use ``tell`` from anywhere; ``run`` creates what was told, until it is cancelled."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: deque[Manifest] = deque(maxlen=MOST_WAITING)
        self._news = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._forbidden: dict[str, None] = {}

    def tell(self, *events: Manifest) -> None:
        """Have ``events`` created, in this order."""
        self._waiting.extend(events)
        if self._waiting:
            self._settled.clear()
            self._news.set()

    async def settled(self) -> None:
        """Return when nothing waits, so that what was told last is not lost at the end."""
        await self._settled.wait()

    async def run(self) -> None:
        """Create Events as they come, until cancelled."""
        while True:
            while self._waiting:
                await self._create(self._waiting.popleft())
            self._settled.set()
            self._news.clear()
            await self._news.wait()

    async def _create(self, event: Manifest) -> None:
        namespace = event["metadata"]["namespace"]
        if namespace in self._forbidden:
            return
        try:
            resource = await self._client.resource("", "Event")
            await self._client.create(resource, event)
        except AlreadyExists:
            return
        except Forbidden as error:
            self._forbidden[namespace] = None
            log.warning("events may not be created", namespace=namespace, why=str(error))
        except TenterError as error:
            log.warning("an event is lost", reason=event["reason"], why=str(error))
