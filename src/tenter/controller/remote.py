"""One further cluster: reached for as long as an Application goes there, and followed.

A cluster that does not answer is tried again with growing pauses; its Applications say meanwhile
why they cannot be compared. Once it is followed, what breaks is mended by the informers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog

from tenter.argoproj import Cluster
from tenter.controller.live import LiveObjects
from tenter.environment import Environment
from tenter.errors import TenterError
from tenter.kube.backoff import Backoff
from tenter.kube.client import Client

log = structlog.get_logger(__name__)

Connect = Callable[[Cluster], AbstractAsyncContextManager[Client]]
"""Opens a client of a cluster; raises ``TenterError`` where that cannot be."""

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 120.0


class RemoteCluster:
    """The cluster of a Secret.

    ``follow`` makes the local copy of what a client shows. ``changed`` is called when the cluster
    is there, and when it is known why it is not.
    """

    def __init__(
        self,
        cluster: Cluster,
        connect: Connect,
        follow: Callable[[Client, Cluster], LiveObjects],
        changed: Callable[[], None],
        environment: Environment,
    ) -> None:
        self.cluster = cluster
        self.live: LiveObjects | None = None
        self.trouble = "it is being connected to"
        self._connect = connect
        self._follow = follow
        self._changed = changed
        self._backoff = Backoff(environment.random, first=_FIRST_PAUSE, most=_LONGEST_PAUSE)

    async def run(self) -> None:
        """Keep the cluster followed, until cancelled."""
        while True:
            try:
                async with (
                    self._connect(self.cluster) as client,
                    self._follow(client, self.cluster) as live,
                ):
                    self.live, self.trouble = live, ""
                    self._changed()
                    await asyncio.Event().wait()
            except* TenterError as errors:
                self._failed(errors)
            finally:
                self.live = None
            await asyncio.sleep(self._backoff.delay())

    def _failed(self, errors: BaseExceptionGroup[TenterError]) -> None:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        self.trouble = str(first)
        log.warning("a cluster is not reached", cluster=self.cluster.name, why=self.trouble)
        self._changed()
