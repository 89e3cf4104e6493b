"""The cluster that a test works on: how to reach it, what happened on it, how time passes.

What is here is all that the tests know of the cluster. The embedded one is here too; the real one
is in ``real_grounds``, and imported only where the tests run on it.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import tenter
from tenter.embedded import Change, EmbeddedCluster
from tenter.embedded.access import Denial
from tenter.environment import Environment
from tenter.errors import NotFound, UnknownKind
from tenter.kube import Client, Transport
from tests.behaviour.harbour import Harbour
from tests.behaviour.manifests import SHIP_GROUP, Manifest, ship_kind
from tests.behaviour.story import HOOK_FINALIZER, Step, Story, steps_of

PATIENCE = 3600.0
"""Seconds after which a wait in a test is given up; they are virtual on the embedded cluster."""


class Grounds(ABC):
    """A cluster, reached by ``client``. ``stack`` ends what is started on it."""

    def __init__(self, client: Client, environment: Environment, stack: AsyncExitStack) -> None:
        self.environment = environment
        self.client = client
        self.began = environment.now()
        self._stack = stack
        self._steps: list[Step] = []
        self._news = asyncio.Event()

    @abstractmethod
    def transport(self) -> Transport:
        """Return a new connection to the cluster, to be wrapped in faults."""

    @property
    def elapsed(self) -> float:
        """The seconds since the test began."""
        return self.environment.now() - self.began

    async def opened(
        self, transport: Transport | None = None, *, namespace: str = "default"
    ) -> tenter.Cluster:
        """Return the cluster as the library sees it, over ``transport`` or an own connection."""
        over = tenter.Cluster.over(
            transport or self.transport(), namespace=namespace, environment=self.environment
        )
        return await self._stack.enter_async_context(over)

    # What happened

    def _changed(self, verb: str, before: Manifest | None, after: Manifest) -> None:
        self._steps.extend(steps_of(verb, before, after))
        self._news.set()

    @abstractmethod
    async def caught_up(self) -> None:
        """Return once everything that was done so far is in the story."""

    def story(self, since: int = 0) -> Story:
        """Return what happened, from step number ``since`` on."""
        return Story(self._steps[since:])

    @property
    def now(self) -> int:
        """The number of the next step, for ``story``."""
        return len(self._steps)

    async def until(self, line: str | Callable[[Story], bool], *, since: int = 0) -> None:
        """Wait until the story has this line."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                story = self.story(since)
                if (line in story) if isinstance(line, str) else line(story):
                    return
                await self._news.wait()

    async def until_running(self, job: str) -> None:
        """Wait until a Pod of this Job runs."""
        async with asyncio.timeout(PATIENCE):
            while not any(_runs_for(job, each) for each in self._objects()):
                self._news.clear()
                await self._news.wait()

    async def elapse(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def takes(self, seconds: float) -> float:
        """Return the seconds that a scripted outcome ``after`` so many really takes here."""
        return seconds

    job_seconds = 0.0
    """Seconds that this cluster itself needs for a Job that does nothing."""

    # What is there

    async def get(
        self, kind: str, name: str, *, group: str = "", namespace: str = "default"
    ) -> Manifest | None:
        """Return a live object, None where there is none."""
        resource = await self.client.resource(group, kind)
        try:
            return await self.client.get(resource, namespace if resource.namespaced else "", name)
        except NotFound:
            return None

    def leftovers(self) -> list[str]:
        """Return ``Kind/name`` of every live object that carries the hook finalizer."""
        return [
            f"{each['kind']}/{each['metadata']['name']}"
            for each in self._objects()
            if HOOK_FINALIZER in (each["metadata"].get("finalizers") or ())
        ]

    def states(self) -> list[str]:
        """Return the names of the Secrets and Leases in which Tenter keeps its state."""
        return [
            f"{each['kind']}/{each['metadata']['name']}"
            for kind in ("Secret", "Lease")
            for each in self._objects()
            if each["kind"] == kind and each["metadata"]["name"].startswith("tenter.")
        ]

    @abstractmethod
    def _objects(self) -> Iterable[Manifest]:
        """Return the live objects of all kinds; those that were there from the start may lack."""

    # Arrangements

    async def create(self, *manifests: Manifest) -> None:
        """Create objects, as somebody else would."""
        for manifest in manifests:
            await self.client.create(await self.client.resource_of(manifest), manifest)

    async def delete(
        self,
        kind: str,
        name: str,
        *,
        group: str = "",
        namespace: str = "default",
        propagation: str = "Background",
    ) -> None:
        """Delete an object, as somebody else would."""
        resource = await self.client.resource(group, kind)
        await self.client.delete(resource, namespace, name, propagation=propagation)

    async def patch(
        self,
        kind: str,
        name: str,
        patch: Manifest,
        *,
        group: str = "",
        namespace: str = "default",
    ) -> None:
        """Change an object by a merge patch, as somebody else would."""
        resource = await self.client.resource(group, kind)
        await self.client.patch(resource, namespace, name, patch)

    async def open_harbour(self) -> None:
        """Have the kind Ship served, and a controller of it running, to the end of the test."""
        crd = ship_kind()
        await self.create(crd)
        for _ in range(50):
            live = await self.get(
                crd["kind"], crd["metadata"]["name"], group="apiextensions.k8s.io"
            )
            conditions = ((live or {}).get("status") or {}).get("conditions") or ()
            if any(each["type"] == "Established" for each in conditions):
                break
            await asyncio.sleep(0.1)
        for _ in range(50):
            # An established kind is served a moment before discovery shows it.
            await self.client.discovery.refresh()
            with contextlib.suppress(UnknownKind):
                await self.client.resource(SHIP_GROUP, crd["spec"]["names"]["kind"])
                break
            await asyncio.sleep(0.1)
        await self._stack.enter_async_context(Harbour(self.client, self.environment))

    @abstractmethod
    def forbid(self, **what: Any) -> None:
        """Forbid everybody what matches (``verb``, ``resource``, ``namespace``, ``name``, ...)."""

    @abstractmethod
    def allow_all(self) -> None:
        """Take back every ``forbid``."""

    @abstractmethod
    def forget_watches(self) -> None:
        """Make every version that a watch may ask for too old (410)."""


def _runs_for(job: str, each: Manifest) -> bool:
    owners = each["metadata"].get("ownerReferences") or ()
    return (
        each["kind"] == "Pod"
        and each.get("status", {}).get("phase") == "Running"
        and any((owner["kind"], owner["name"]) == ("Job", job) for owner in owners)
    )


class EmbeddedGrounds(Grounds):
    """An embedded cluster, reached in memory, in the time of the test's event loop."""

    def __init__(
        self, embedded: EmbeddedCluster, environment: Environment, stack: AsyncExitStack
    ) -> None:
        super().__init__(Client(embedded.transport(), environment), environment, stack)
        self._embedded = embedded
        embedded.store.subscribe(self._happened)

    def transport(self) -> Transport:
        return self._embedded.transport()

    def _happened(self, change: Change) -> None:
        before = change.previous.object if change.previous is not None else None
        self._changed(change.verb.value, before, change.object)

    async def caught_up(self) -> None:
        """Nothing: the store tells at once."""

    def _objects(self) -> Iterator[Manifest]:
        return (stored.object for _, stored in self._embedded.store.everything())

    def forbid(self, **what: Any) -> None:
        self._embedded.access.denials.append(Denial(**what, user="admin"))

    def allow_all(self) -> None:
        self._embedded.access.denials.clear()

    def forget_watches(self) -> None:
        self._embedded.store.compact()
