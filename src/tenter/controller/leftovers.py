"""Removes what was kept of Applications that are gone: their SyncRuns and the Secrets of those.

An Application may go while no controller runs, so at the start all SyncRuns are looked through, and
from then on those of each Application that goes.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tenter.applications.state_store import StateStore
from tenter.controller.ground import Ground
from tenter.controller.queue import WorkQueue
from tenter.controller.sync_runs import (
    APPLICATION_UID,
    GROUP,
    KIND,
    VERSION,
    SyncRunForm,
    list_runs,
    spec_of,
)
from tenter.errors import StateError
from tenter.manifests import Manifest, label

log = structlog.get_logger(__name__)


class Leftovers:
    """Cleans up on ``ground``. ``lives`` tells whether an Application of this uid is there."""

    def __init__(self, ground: Ground, lives: Callable[[str], bool]) -> None:
        self._ground = ground
        self._lives = lives
        self._queue: WorkQueue[tuple[str, str]] = WorkQueue(
            self._clean, self._failed, ground.environment.random, workers=2
        )

    def gone(self, namespace: str, uid: str) -> None:
        """Clean up after the Application ``uid``, which was in ``namespace``."""
        self._queue.add((namespace, uid))

    async def run(self) -> None:
        """Clean up until cancelled; first after all that went unseen."""
        resource = await self._ground.client.resource(GROUP, KIND, VERSION)
        listed = await self._ground.client.list(resource, self._ground.options.namespace)
        for run in listed.items:
            uid = label(run, APPLICATION_UID)
            if uid and not self._lives(uid):
                self.gone(run["metadata"]["namespace"], uid)
        await self._queue.run()

    async def _clean(self, key: tuple[str, str]) -> None:
        namespace, uid = key
        if self._lives(uid):
            return
        for run in await list_runs(self._ground.client, namespace, uid):
            await self.remove(run)

    async def remove(self, run: Manifest) -> None:
        """Remove one SyncRun and its Secrets."""
        metadata = run["metadata"]
        form = SyncRunForm(metadata["namespace"], metadata["name"], spec_of(run))
        store = StateStore(self._ground.client, form, self._ground.options.identity)
        try:
            await store.take(run)
        except StateError as error:
            log.warning("a SyncRun could not be read, and is removed as it is", why=str(error))
        await store.delete()

    def _failed(self, key: tuple[str, str], error: Exception, pause: float) -> None:
        log.warning("clean-up failed", application=key[1], error=str(error), again_in=pause)
