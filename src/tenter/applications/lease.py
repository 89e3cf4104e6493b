"""Who runs an application's operation: a Lease that its holder renews.

The Lease, not the saved state, says whether somebody is there: a process that dies stops renewing,
and when the Lease has run out another may go on with its operation.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

from tenter.applications.secrets import APPLICATION_LABEL, MANAGED_BY, PREFIX
from tenter.environment import Environment
from tenter.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    OperationInProgress,
    StoodDown,
    TenterError,
)
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Manifest

SECONDS = 15
"""How long a Lease holds without being renewed."""
RENEW_EVERY = 5.0


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a Lease, and until when (Unix seconds)."""

    holder: str
    until: float


class Lease:
    """The Lease ``tenter.<application>``, held by ``holder`` from ``acquire`` to ``release``."""

    def __init__(
        self,
        client: Client,
        environment: Environment,
        application: str,
        namespace: str,
        holder: str,
    ) -> None:
        self._client = client
        self._environment = environment
        self._application = application
        self._namespace = namespace
        self._holder = holder
        self._held: Manifest | None = None
        self._renewed = 0.0
        self._loss = ""

    async def holding(self) -> Holding | None:
        """Return who holds the Lease now, None where nobody does."""
        try:
            live = await self._read()
        except NotFound:
            return None
        return self._holding(live)

    async def acquire(self) -> None:
        """Take the Lease. Raises ``OperationInProgress`` where another holds it."""
        for _ in range(3):
            try:
                live = await self._read()
            except NotFound:
                try:
                    self._held = await self._client.create(await self._resource(), self._manifest())
                except AlreadyExists:
                    continue
                self._renewed = self._environment.now()
                return
            holding = self._holding(live)
            if holding is not None and holding.holder != self._holder:
                break
            if holding is not None:
                # Written by our own request, whose answer was lost.
                self._held, self._renewed = live, self._environment.now()
                return
            try:
                self._held = await self._client.replace(
                    await self._resource(), self._manifest(live)
                )
            except Conflict:
                continue
            self._renewed = self._environment.now()
            return
        raise self.refusal(await self.holding())

    def refusal(self, holding: Holding | None) -> OperationInProgress:
        """Return the error that names who holds the Lease."""
        if holding is None:
            who = "another process took the Lease this very moment"
        else:
            seconds = max(1, round(holding.until - self._environment.now()))
            who = (
                f"{holding.holder} runs it (Lease {PREFIX}{self._application} in namespace "
                f"{self._namespace}, free in {seconds} s if that process is gone)"
            )
        return OperationInProgress(
            f"another operation of {self._application} is already in progress: {who}. Wait for it, "
            f"or end it with: tenter terminate --app {self._application}"
        )

    async def keep(self) -> None:
        """Renew the Lease until cancelled. Raises ``StoodDown`` when it is lost."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                async with asyncio.timeout(SECONDS - RENEW_EVERY):
                    await self._renew_or_lose()
            except (TenterError, TimeoutError) as error:
                if isinstance(error, StoodDown):
                    raise
                if self._has_run_out():
                    raise self._lost(f"its Lease could not be renewed in time ({error})") from error

    async def ensure(self) -> None:
        """Return when the Lease is held for certain.

        A process that was suspended wakes without knowing it: before it goes on to do what only the
        holder may, it looks at its clock, and where the Lease has run out renews it first. Raises
        ``StoodDown`` where it is another's by now, and what the client raises.
        """
        if self._loss:
            raise StoodDown(self._loss)
        if self._has_run_out():
            await self._renew_or_lose()

    def _has_run_out(self) -> bool:
        return self._environment.now() - self._renewed >= SECONDS

    async def _renew_or_lose(self) -> None:
        try:
            try:
                await self._renew()
            except Conflict:
                await self._settle_conflict()
                await self._renew()
        except (NotFound, AlreadyExists):
            raise self._lost("its Lease was deleted") from None

    async def release(self) -> None:
        """Give the Lease up, if it is still ours."""
        held, self._held = self._held, None
        if held is None:
            return
        metadata = held["metadata"]
        try:
            await self._client.delete(
                await self._resource(),
                self._namespace,
                metadata["name"],
                uid=metadata["uid"],
                resource_version=metadata["resourceVersion"],
            )
        except TenterError:
            return  # it is another's by now, or runs out by itself

    async def _renew(self) -> None:
        if self._held is not None:
            began = self._environment.now()
            self._held = await self._client.replace(
                await self._resource(), self._manifest(self._held)
            )
            self._renewed = began

    async def _settle_conflict(self) -> None:
        """Go on where the change was our own (an answer was lost), stand down otherwise.

        A Lease that was deleted is a conflict too: a renewal never makes it anew.
        """
        live = await self._read()
        if (live.get("spec") or {}).get("holderIdentity") != self._holder:
            raise self._lost(f"{(live.get('spec') or {}).get('holderIdentity')} holds its Lease")
        self._held = live

    def _lost(self, why: str) -> StoodDown:
        self._held = None
        self._loss = (
            f"this process no longer runs the operation of {self._application}: {why}. The next "
            "sync goes on with it"
        )
        return StoodDown(self._loss)

    async def _read(self) -> Manifest:
        return await self._client.get(
            await self._resource(), self._namespace, PREFIX + self._application
        )

    async def _resource(self) -> Resource:
        return await self._client.resource("coordination.k8s.io", "Lease", "v1")

    def _holding(self, live: Manifest) -> Holding | None:
        spec: dict[str, Any] = live.get("spec") or {}
        holder, renewed = spec.get("holderIdentity"), spec.get("renewTime")
        if not holder or not renewed:
            return None
        until = datetime.fromisoformat(renewed).timestamp() + (
            spec.get("leaseDurationSeconds") or SECONDS
        )
        return Holding(holder=holder, until=until) if until > self._environment.now() else None

    def _manifest(self, live: Manifest | None = None) -> Manifest:
        now = _micro_time(self._environment.now())
        spec: dict[str, Any] = dict((live or {}).get("spec") or {})
        if spec.get("holderIdentity") != self._holder:
            spec["acquireTime"] = now
        spec.update(holderIdentity=self._holder, leaseDurationSeconds=SECONDS, renewTime=now)
        if live is not None:
            metadata = dict(live["metadata"])
            metadata.pop("managedFields", None)
        else:
            metadata = {
                "name": PREFIX + self._application,
                "namespace": self._namespace,
                "labels": {MANAGED_BY: "tenter", APPLICATION_LABEL: self._application[:63]},
            }
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": spec,
        }


def _micro_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
