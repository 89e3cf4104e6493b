"""Plans the attempts of a sync: what is wanted, and what is owned and wanted no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from tenter.applications.live_objects import read_live
from tenter.applications.owned import find_owned, prune_target
from tenter.applications.preparing import Prepared
from tenter.applications.state import Inventory
from tenter.applications.targets import wanted_keys
from tenter.applications.tracking import DEFAULT_TRACKING, Tracking, is_tracked
from tenter.diff import Paths
from tenter.engine import (
    AttemptFacts,
    Plan,
    PruneTarget,
    Selected,
    SyncOptions,
    Target,
    TaskKind,
    plan,
)
from tenter.errors import ApiError, OptionError
from tenter.hooks import read_hook
from tenter.kube.client import Client
from tenter.manifests import Key, Manifest, key_of
from tenter.runner.comparing import Comparer


async def nothing() -> None:
    """Do nothing: where there is no state to save."""


class SyncPlanner:
    """Plans one sync operation.

    ``inventory`` is kept up with what the plans will create, and ``save`` is awaited before an
    attempt's facts are handed out. ``refresh`` reads the source again, for retries that ask for
    it; None where they do not. ``paths`` runs the jq expressions of ``ignoreDifferences``.
    """

    def __init__(
        self,
        client: Client,
        prepared: Prepared,
        inventory: Inventory,
        *,
        application: str,
        namespace: str,
        options: SyncOptions,
        selection: tuple[Selected, ...] = (),
        save: Callable[[], Awaitable[None]] = nothing,
        refresh: Callable[[], Awaitable[Prepared]] | None = None,
        tracking: Tracking = DEFAULT_TRACKING,
        paths: Paths | None = None,
    ) -> None:
        self._client = client
        self._prepared = prepared
        self._inventory = inventory
        self._application = application
        self._namespace = namespace
        self._options = options
        self._selection = selection
        self._save = save
        self._refresh = refresh
        self._tracking = tracking
        self._paths = paths
        # The latest plan: it is asked for twice, and to plan thousands of objects takes a while.
        self._made: tuple[AttemptFacts, Prepared, Plan] | None = None

    @property
    def targets(self) -> list[Target]:
        """What is wanted."""
        return self._prepared.targets

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the plan of an attempt."""
        made = self._made
        if made is None or made[0] is not facts or made[1] is not self._prepared:
            planned = plan(self.targets, self._options, facts, self._selection)
            made = self._made = (facts, self._prepared, planned)
        return made[2]

    async def first_facts(self, operation: str, started: int) -> AttemptFacts:
        """Return the facts of the first attempt; ``started`` is in Unix seconds."""
        facts = AttemptFacts(
            operation=operation,
            number=0,
            started=started,
            revision=self._prepared.revision,
            destination_namespace=self._namespace,
            prunes=await self._prunes(),
            in_sync=await self._in_sync(),
        )
        self._take_stock(facts)
        return facts

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts of the attempt after ``previous``, with the source read again if asked.

        Raises the errors of sources and of the client.
        """
        if self._refresh is not None:
            self._prepared = await self._refresh()
        facts = msgspec.structs.replace(
            previous,
            number=previous.number + 1,
            started=started,
            revision=self._prepared.revision,
            prunes=await self._prunes(),
            in_sync=await self._in_sync(),
        )
        self._take_stock(facts)
        await self._save()
        return facts

    async def _prunes(self) -> tuple[PruneTarget, ...]:
        wanted = dict.fromkeys(wanted_keys(self.targets))
        unwanted = [key for key in self._inventory.objects if key not in wanted]
        found = await find_owned(
            self._client, unwanted, self._application, self._namespace, tracking=self._tracking
        )
        ours_no_more = dict.fromkeys([*found.gone, *found.foreign])
        self._inventory.objects = [
            key for key in self._inventory.objects if key not in ours_no_more
        ]
        return tuple(prune_target(key, live) for key, live in found.live.items())

    async def _in_sync(self) -> tuple[Key, ...]:
        """Return the objects that ``ApplyOutOfSyncOnly`` leaves out of the plan."""
        if not self._options.out_of_sync_only:
            return ()
        wanted = {
            key_of(target.manifest): target.manifest
            for target in self.targets
            if read_hook(target.manifest, target.origin) is None
        }
        comparer = Comparer(self._client, self._options, paths=self._paths)
        found = []

        async def examine(key: Key, live: Manifest) -> None:
            try:
                if (await comparer.compare(wanted[key], live)).in_sync:
                    found.append(key)
            except (ApiError, OptionError):
                return  # what is refused is for the sync itself to meet, and to tell

        async with asyncio.TaskGroup() as group:
            for key, live in (await read_live(self._client, wanted)).items():
                if isinstance(live, dict):
                    group.create_task(examine(key, live))
        return tuple(sorted(found))

    def _take_stock(self, facts: AttemptFacts) -> None:
        """Put into the inventory whatever the attempt may create."""
        objects = dict.fromkeys(self._inventory.objects)
        objects.update((key, None) for key in facts.in_sync if is_tracked(key))
        hooks = dict.fromkeys(self._inventory.hooks)
        for task in self.plan(facts).tasks:
            if task.kind is TaskKind.HOOK:
                hooks[task.key] = None
            elif task.kind is TaskKind.APPLY and is_tracked(task.key):
                objects[task.key] = None
        self._inventory.objects, self._inventory.hooks = list(objects), list(hooks)
