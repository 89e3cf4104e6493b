"""What a cluster warns of objects: Kubernetes' Events, by the object they are about.

Some waits are in no status: a volume whose ConfigMap is missing, Pods that a quota refuses a Job.
Only Events tell them. They are history and not state, so that whoever reads one here must know from
elsewhere that its object still waits.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import aclosing

from tenter.errors import Expired, TenterError
from tenter.kube.client import Client
from tenter.manifests import Manifest

_WARNINGS = "type=Warning"
_SHORTEST = 1.0
"""Seconds that a stream of warnings must have lasted for another to be asked for."""
_LONGEST = 500
"""Characters of a warning that are kept: a scheduler counts every node of a large cluster."""


class WarningEvents:
    """The last warning of each object; ``warned`` is called with its uid when there is another."""

    def __init__(self, client: Client, warned: Callable[[str], None]) -> None:
        self._client = client
        self._warned = warned
        self._last: dict[str, tuple[str, str]] = {}

    def last(self, uid: str) -> str:
        """Return the last warning of an object: ``FailedMount: ...``; empty where there is none."""
        return self._last.get(uid, ("", ""))[1]

    async def follow(self, namespace: str) -> None:
        """Hear of a namespace's warnings, until cancelled or until that is not possible."""
        loop = asyncio.get_running_loop()
        begun = -math.inf
        try:
            events = await self._client.resource("", "Event")
            # Streams are ended by the server now and then; one that ends at once is not to be had.
            while loop.time() - begun > _SHORTEST:
                begun = loop.time()
                known = await self._client.list(events, namespace, field_selector=_WARNINGS)
                for event in known.items:
                    self._note(event)
                stream = self._client.watch(
                    events,
                    namespace,
                    resource_version=known.resource_version,
                    field_selector=_WARNINGS,
                )
                try:
                    async with aclosing(stream) as changes:
                        async for change in changes:
                            if change.type in {"ADDED", "MODIFIED"}:
                                self._note(change.object)
                except Expired:
                    continue  # the list tells what was missed
        except TenterError:
            return  # a help and no condition: who may not read Events syncs all the same

    def _note(self, event: Manifest) -> None:
        uid = (event.get("involvedObject") or {}).get("uid") or ""
        metadata = event.get("metadata") or {}
        at = event.get("lastTimestamp") or event.get("eventTime") or ""
        at = at or metadata.get("creationTimestamp") or ""
        said = f"{event.get('reason') or 'Warning'}: {event.get('message') or ''}".strip()
        if len(said) > _LONGEST:
            said = f"{said[:_LONGEST]}..."
        before = self._last.get(uid, ("", ""))
        if not uid or at < before[0]:
            return
        self._last[uid] = (at, said)
        if said != before[1]:
            self._warned(uid)
