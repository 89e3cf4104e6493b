"""Asks other replicas to look at Applications of theirs, by the annotation that anybody may set.

A webhook reaches one replica, which looks after some of the Applications only.
"""

from __future__ import annotations

import asyncio

import structlog

from tenter.controller.managed import ManagedApplication
from tenter.controller.reconciling import REFRESH
from tenter.errors import NotFound, TenterError
from tenter.manifests import Manifest

log = structlog.get_logger(__name__)


class RefreshRequests:
    """Use ``ask`` from anywhere; ``run`` writes what was asked for, until it is cancelled."""

    def __init__(self) -> None:
        self._waiting: dict[str, ManagedApplication] = {}
        self._news = asyncio.Event()

    def ask(self, managed: ManagedApplication) -> None:
        """Have the Application refreshed by whoever looks after it; once for many requests."""
        self._waiting[managed.object.uid] = managed
        self._news.set()

    async def run(self) -> None:
        """Write annotations as they are asked for, until cancelled."""
        while True:
            while self._waiting:
                managed = self._waiting.pop(next(iter(self._waiting)))
                try:
                    await managed.object.write(_with_refresh)
                except NotFound:
                    continue  # gone meanwhile
                except TenterError as error:
                    log.warning("no refresh asked", application=str(managed), why=str(error))
            self._news.clear()
            await self._news.wait()


def _with_refresh(manifest: Manifest) -> dict[str, object]:
    if (manifest["metadata"].get("annotations") or {}).get(REFRESH):
        return {}  # asked for already, perhaps for more
    return {"metadata": {"annotations": {REFRESH: "normal"}}}
