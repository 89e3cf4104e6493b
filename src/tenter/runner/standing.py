"""How the live objects of a sync stand, by the local copies: what to send, and what need not be.

An object that an apply would leave exactly as it is, owners included, needs no request. That is
decided from the informers' copies, which are consistent as of the attempt's start and followed
since. A program of this very sync may change objects, and a watch may tell of it late; so once
hooks have run, the versions of the copies are held to a list that was asked for after the last of
them ended. Where a kind has only a few objects, applying them costs no more than that list.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tenter.diff import (
    NOTHING,
    Ignored,
    client_patch,
    compare,
    ignored_of,
    located,
    predecessors_of,
    read_ownership,
    with_live_values,
)
from tenter.engine import Plan, Record, Task, TaskKind
from tenter.errors import TenterError
from tenter.manifests import GroupKind, Key, Manifest
from tenter.runner.surroundings import Surroundings

_FEWEST_LISTED = 3
"""From so many objects of a kind in a namespace on, a list is taken for cheaper than applying."""

_Scope: TypeAlias = tuple[GroupKind, str]


@dataclass(slots=True)
class _Versions:
    """The present versions of a kind's objects in a namespace, as of so many ended hooks."""

    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    as_of: tuple[int, int] | None = None
    by_name: dict[str, str] = field(default_factory=dict)


def _scope(key: Key) -> _Scope:
    return key.group_kind, key.namespace


class Standing:
    """The objects of one attempt of ``plan``, whose ``record`` tells what has run."""

    def __init__(self, surroundings: Surroundings, plan: Plan, record: Record) -> None:
        self._client = surroundings.client
        self._informers = surroundings.informers
        self._paths = surroundings.paths
        self._record = record
        self._counts = Counter(
            _scope(task.key) for task in plan.tasks if task.kind is TaskKind.APPLY
        )
        self._versions: dict[_Scope, _Versions] = {}
        self._settled: dict[str, tuple[str, bool]] = {}

    def entries(self, key: Key) -> list[Any]:
        """Return the object's ``managedFields`` as last seen."""
        return self._informers.managed_fields(key)

    async def manifest(self, task: Task) -> Manifest:
        """Return what to send for an ordinary task.

        That is its manifest; with ``RespectIgnoreDifferences`` with live's values where
        differences are ignored. Raises ``OptionError`` for a jq expression that cannot be run.
        """
        manifest = task.manifest or {}
        ignored = self._ignored(task)
        live = self._informers.get(task.key) if ignored else None
        if live is None:
            return manifest
        ignored = await located(ignored, manifest, self._paths)
        return with_live_values(manifest, live, ignored, self.entries(task.key))

    async def settled(self, task: Task, manifest: Manifest) -> Manifest | None:
        """Return the live object where applying ``manifest`` would change nothing, else None.

        ``manifest`` is what would be sent for the task. Never raises: what cannot be known is not
        settled.
        """
        live = self._informers.get(task.key)
        if live is None or task.kind is not TaskKind.APPLY or task.options.replace:
            return None
        version = live["metadata"].get("resourceVersion") or ""
        known = self._settled.get(task.id)
        if known is None or known[0] != version:
            known = self._settled[task.id] = (version, self._is_settled(task, manifest, live))
        if not known[1] or not await self._is_present(task.key, version):
            return None
        return live

    @property
    def hooks_ran(self) -> bool:
        """Whether a program of this operation may have changed objects."""
        return bool(self._record.hooks) or self._record.attempt.number > 0

    async def _is_present(self, key: Key, version: str) -> bool:
        """Tell whether ``version`` is the object's present one, whatever hooks have done."""
        if not self.hooks_ran:
            return True
        scope = _scope(key)
        if self._counts[scope] < _FEWEST_LISTED:
            return False
        versions = self._versions.setdefault(scope, _Versions())
        async with versions.reading:
            ended = self._ended_hooks()
            if versions.as_of != ended:
                versions.by_name = await self._read_versions(key)
                versions.as_of = ended
        return versions.by_name.get(key.name) == version

    def _ended_hooks(self) -> tuple[int, int]:
        """Return what differs whenever another hook has ended."""
        hooks = self._record.hooks.values()
        return self._record.attempt.number, sum(state.phase.ended for state in hooks)

    async def _read_versions(self, key: Key) -> dict[str, str]:
        try:
            resource = await self._client.resource(key.group, key.kind)
            listed = await self._client.list(resource, key.namespace, metadata_only=True)
        except TenterError:
            return {}  # not to be known: the objects are applied, then
        found = (item["metadata"] for item in listed.items)
        return {metadata["name"]: metadata.get("resourceVersion", "") for metadata in found}

    def _is_settled(self, task: Task, manifest: Manifest, live: Manifest) -> bool:
        predecessors = predecessors_of(manifest) if task.options.migrate else ()
        ownership = read_ownership(live, self.entries(task.key), predecessors=predecessors)
        if task.options.server_side:
            return compare(manifest, live, ownership).settled
        return not client_patch(manifest, live, ownership).body

    def _ignored(self, task: Task) -> Ignored:
        options = self._record.options
        if not options.respect_ignored or task.kind is not TaskKind.APPLY:
            return NOTHING
        return ignored_of(options.ignore, task.key)
