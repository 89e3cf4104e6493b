"""How the live objects of a sync stand, by the local copies: what to send, and what need not be.

An object that an apply would leave exactly as it is, owners included, needs no request. That is
decided from the informers' copies, which are consistent as of the attempt's start and followed
since. A program of this very sync may change objects, and a watch may tell of it late; so once a
hook has run, every object is applied again, and the server says what is unchanged.
"""

from __future__ import annotations

from typing import Any

from tenter.diff import (
    NOTHING,
    Ignored,
    Paths,
    client_patch,
    compare,
    ignored_of,
    located,
    predecessors_of,
    read_ownership,
    with_live_values,
)
from tenter.engine import Record, Task, TaskKind
from tenter.kube.informers import Informers
from tenter.manifests import Key, Manifest


class Standing:
    """The objects of one attempt, whose ``record`` tells what has run.

    ``paths`` runs the jq expressions of what is ignored.
    """

    def __init__(self, informers: Informers, record: Record, paths: Paths | None) -> None:
        self._informers = informers
        self._record = record
        self._paths = paths
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

    def settled(self, task: Task, manifest: Manifest) -> Manifest | None:
        """Return the live object where applying ``manifest`` would change nothing, else None.

        ``manifest`` is what would be sent for the task.
        """
        live = self._informers.get(task.key)
        if live is None or task.kind is not TaskKind.APPLY or task.options.replace:
            return None
        version = live["metadata"].get("resourceVersion") or ""
        known = self._settled.get(task.id)
        if known is None or known[0] != version:
            known = self._settled[task.id] = (version, self._is_settled(task, manifest, live))
        return live if known[1] else None

    @property
    def hooks_ran(self) -> bool:
        """Whether a program of this operation may have changed objects."""
        return bool(self._record.hooks) or self._record.attempt.number > 0

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
