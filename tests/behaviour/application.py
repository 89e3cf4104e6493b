"""An application under test: manifests in a folder, and what is done with them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import tenter
from tenter.applications import State, read_state
from tenter.runner.progress import Progress
from tests.behaviour.grounds import PATIENCE, Grounds
from tests.behaviour.manifests import SHIP_GROUP, SHIP_HEALTH, Manifest
from tests.behaviour.story import Story

NAME = "shop"


class Result(dict[str, Any]):
    """One entry of ``syncResult.resources``."""

    @property
    def line(self) -> str:
        return f"{self['kind']}/{self['name']}"


@dataclass
class Application:
    """``write`` its manifests, ``sync`` it, read the ``story`` of that."""

    grounds: Grounds
    folder: Path
    cluster: tenter.Cluster
    health_scripts: Path
    told: list[Progress] = field(default_factory=list)
    _began: int = 0
    _runs: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, *manifests: Manifest | str) -> None:
        """Make these the application's only manifests; a text is written as it is."""
        self.folder.mkdir(exist_ok=True)
        texts = [
            each if isinstance(each, str) else yaml.safe_dump(each, sort_keys=False)
            for each in manifests
        ]
        (self.folder / "all.yaml").write_text("---\n".join(texts))

    @property
    def story(self) -> Story:
        """What happened since the latest operation began."""
        return self.grounds.story(self._began)

    @contextlib.asynccontextmanager
    async def _operation(self, keywords: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield the keywords of an operation that begins now."""
        await self.grounds.caught_up()
        self._began = self.grounds.now
        self.told.clear()
        self._runs = True
        try:
            async with asyncio.timeout(PATIENCE):
                yield {"cluster": self.cluster, "on_progress": self._hear, **keywords}
        finally:
            self._runs = False
            await self.grounds.caught_up()

    def _hear(self, event: Progress) -> None:
        self.told.append(event)
        self._news.set()

    async def sync(self, *manifests: Manifest, **keywords: Any) -> tenter.SyncOutcome:
        """Write ``manifests``, if any are given, and sync."""
        if manifests:
            self.write(*manifests)
        defaults = {"application": NAME, "health_scripts": self.health_scripts}
        async with self._operation(defaults | keywords) as given:
            return await tenter.sync(self.folder, **given)

    async def delete(self, **keywords: Any) -> tenter.SyncOutcome:
        """Delete the application."""
        async with self._operation({"health_scripts": self.health_scripts} | keywords) as given:
            return await tenter.delete(NAME, **given)

    async def rollback(self, entry: int | None = None, **keywords: Any) -> tenter.SyncOutcome:
        """Roll back to a history entry, by default the one before the last."""
        async with self._operation(keywords) as given:
            return await tenter.rollback(NAME, entry, **given)

    async def terminate(self, **keywords: Any) -> Any:
        """Ask for the end, as another process does."""
        cluster = await self.grounds.opened()
        try:
            async with asyncio.timeout(PATIENCE):
                return await tenter.terminate(NAME, cluster=cluster, **keywords)
        finally:
            await self.grounds.caught_up()

    async def state(self, namespace: str = "default") -> State:
        """Return the saved state."""
        state = await read_state(self.grounds.client, NAME, namespace)
        assert state is not None
        return state

    def events(self, kind: type[Any]) -> list[Any]:
        """Return the progress events of this type that were told."""
        return [event for event in self.told if isinstance(event, kind)]

    async def until_told(self, wanted: Callable[[Progress], bool]) -> None:
        """Wait until the running operation, or the one about to begin, tells a wanted event."""
        async with asyncio.timeout(PATIENCE):
            while not (self._runs and any(wanted(event) for event in self.told)):
                self._news.clear()
                await self._news.wait()


def results(outcome: tenter.SyncOutcome) -> list[Result]:
    """Return the operation's results, in their order."""
    return [Result(each) for each in outcome.operation_state["syncResult"]["resources"]]


def result(outcome: tenter.SyncOutcome, name: str) -> Result:
    """Return the only result of the object of this name."""
    (found,) = (each for each in results(outcome) if each["name"] == name)
    return found


def messages(outcome: tenter.SyncOutcome) -> dict[str, str]:
    """Return each result's message, by ``Kind/name``."""
    return {each.line: each["message"] for each in results(outcome)}


def write_health_scripts(folder: Path) -> Path:
    """Write the health check of Ship, and return the folder."""
    place = folder / SHIP_GROUP / "Ship"
    place.mkdir(parents=True)
    (place / "health.lua").write_text(SHIP_HEALTH)
    return folder
