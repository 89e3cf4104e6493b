"""One Application's object: as last seen, and written without overwriting others.

Every write carries the resourceVersion of the state that it was computed from. Where somebody else
was faster (a user, Argo CD's API server asking to terminate), the write is refused, the object is
read, and the change is computed anew from what it is now. Nothing is sent where nothing changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from tenter.errors import Conflict
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Manifest

FIELD_MANAGER = "tenter-controller"
"""Another name than that of applying, so that a status is nobody's manifest's (app of apps)."""

Change: TypeAlias = Callable[[Manifest], dict[str, Any]]
"""Returns the merge patch that the object as it is now needs; empty where it needs none."""

_TRIES = 8


class ApplicationObject:
    """The object, beginning with ``manifest`` as an informer saw it.

    ``wrote`` is told of each write: the object before and after.
    """

    def __init__(
        self,
        client: Client,
        resource: Resource,
        manifest: Manifest,
        wrote: Callable[[Manifest, Manifest], None] = lambda _before, _after: None,
    ) -> None:
        self._wrote = wrote
        self._client = client
        self._resource = resource
        self._manifest = manifest
        self._streamed = manifest
        self._passed: dict[str, None] = {}
        self._awaited = ""
        self._writing = asyncio.Lock()

    @property
    def manifest(self) -> Manifest:
        """The newest state known; never change it."""
        return self._manifest

    @property
    def uid(self) -> str:
        """The object's uid."""
        uid: str = self._manifest["metadata"].get("uid") or ""
        return uid

    def seen(self, manifest: Manifest) -> bool:
        """Take in a state from the stream; tell whether it is news.

        What the stream shows before our own last write has come by is older than what is known.
        """
        version = manifest["metadata"].get("resourceVersion") or ""
        self._streamed = manifest
        self._passed[version] = None
        if self._awaited:
            if version == self._awaited:
                self._awaited = ""
            return False
        if version == self._version:
            return False
        self._manifest = manifest
        return True

    def relisted(self, manifest: Manifest) -> bool:
        """Take in a state from a fresh list, which may have skipped the awaited one."""
        self._awaited = ""
        return self.seen(manifest)

    async def write(self, change: Change) -> bool:
        """Write what ``change`` makes of the object, and tell whether there was anything to.

        Raises ``NotFound`` where the object is gone, and what the client raises.
        """
        async with self._writing:
            for tries_left in range(_TRIES - 1, -1, -1):
                patch = change(self._manifest)
                if not patch:
                    return False
                metadata = {**(patch.get("metadata") or {}), "resourceVersion": self._version}
                self._passed.clear()
                before = self._manifest
                try:
                    written = await self._client.patch(
                        self._resource,
                        self._manifest["metadata"].get("namespace") or "",
                        self._manifest["metadata"]["name"],
                        {**patch, "metadata": metadata},
                        field_manager=FIELD_MANAGER,
                    )
                except Conflict:
                    if not tries_left:
                        raise
                    await self._read()
                    continue
                self._take(written)
                self._wrote(before, written)
                return True
        raise AssertionError("the last try returns or raises")

    async def _read(self) -> None:
        metadata = self._manifest["metadata"]
        self._passed.clear()
        self._take(
            await self._client.get(
                self._resource, metadata.get("namespace") or "", metadata["name"]
            )
        )

    def _take(self, manifest: Manifest) -> None:
        manifest["metadata"].pop("managedFields", None)
        version = manifest["metadata"]["resourceVersion"]
        if version in self._passed:
            # The stream was faster than the answer, and may be past it.
            self._manifest, self._awaited = self._streamed, ""
        elif version != self._version:
            self._manifest, self._awaited = manifest, version

    @property
    def _version(self) -> str:
        version: str = self._manifest["metadata"].get("resourceVersion") or ""
        return version
