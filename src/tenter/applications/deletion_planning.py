"""Plans the attempts of an application's deletion; the hooks are read again for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from tenter.applications.targets import delete_hooks
from tenter.engine import (
    AttemptFacts,
    Plan,
    PruneTarget,
    SyncOptions,
    Target,
    plan_deletion,
)
from tenter.manifests import Key

ReadHooks: TypeAlias = Callable[[], Awaitable[list[Target]]]
"""Reads the application's targets as they are now, its delete hooks among them."""

ReadOwned: TypeAlias = Callable[[list[Key]], Awaitable[tuple[PruneTarget, ...]]]
"""Returns the application's live objects but those of the keys, which are its delete hooks'."""

_NO_FACTS = AttemptFacts(operation="", number=0, started=0)


class DeletionPlanner:
    """Plans one deletion.

    ``options`` hold for all of it, with ``run_hooks`` off where no delete hook is to run.
    ``started`` is awaited with each new attempt's start, in Unix seconds, before it begins.
    """

    def __init__(
        self,
        read_hooks: ReadHooks,
        read_owned: ReadOwned,
        *,
        revision: str,
        namespace: str,
        options: SyncOptions,
        started: Callable[[int], Awaitable[None]],
    ) -> None:
        self._read_hooks = read_hooks
        self._read_owned = read_owned
        self._revision = revision
        self._namespace = namespace
        self._options = msgspec.structs.replace(options, prune=True)
        self._started = started
        self._hooks: list[Target] = []

    async def read(self) -> None:
        """Read the delete hooks. Raises what reading them raises."""
        self._hooks = delete_hooks(await self._read_hooks()) if self._options.run_hooks else []

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the plan of an attempt."""
        return plan_deletion(self._hooks, facts.prunes, self._options, facts)

    async def first_facts(self, operation: str, started: int) -> AttemptFacts:
        """Return the facts of the first attempt; ``started`` is in Unix seconds."""
        own = [task.key for task in self.plan(_NO_FACTS).tasks]
        return AttemptFacts(
            operation=operation,
            number=0,
            started=started,
            revision=self._revision,
            destination_namespace=self._namespace,
            prunes=await self._read_owned(own),
        )

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts of the attempt after ``previous``."""
        await self.read()
        await self._started(started)
        return msgspec.structs.replace(previous, number=previous.number + 1, started=started)
