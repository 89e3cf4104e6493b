"""Which replica looks after which Applications: Leases on shards, and one Lease for each replica.

Every Application belongs to a shard, by its name. A replica keeps one Lease alive, its own, and
holds shards by their Leases, which name it; so a replica costs one write a few seconds, however
many shards it holds. A shard is free when its holder's own Lease is gone, or has not been renewed
for as long as it lasts, judged by when this replica saw it renewed and never by anybody else's
clock. Shards are spread by rendezvous hashing, so that a replica that comes or goes moves few.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import structlog

from tenter.environment import Environment
from tenter.errors import AlreadyExists, Conflict, NotFound, StoodDown, TenterError
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest

log = structlog.get_logger(__name__)

_LEASE = GroupKind("coordination.k8s.io", "Lease")
_PREFIX = "tenter-controller"
_LABEL = "tenter.dev/controller"
_MEMBER, _SHARD = "member", "shard"


def shard_of(key: Key, shards: int) -> int:
    """Return the shard of the Application ``key``, counting from 0: the same in every replica."""
    digest = hashlib.blake2b(f"{key.namespace}/{key.name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % shards


def preferred(shard: int, members: Iterable[str]) -> str:
    """Return which of ``members`` should hold the shard; empty where there are none."""
    return max(
        sorted(members),
        key=lambda member: hashlib.blake2b(f"{member}/{shard}".encode(), digest_size=8).digest(),
        default="",
    )


class Shards:
    """The shards that the replica ``identity`` holds in ``namespace``.

    ``gained`` is called with each shard from when it is held; ``lost`` is awaited with each that is
    given up, and returns when nothing is done for its Applications any more. ``seconds`` is how
    long a silent replica keeps what it holds.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        informers: Informers,
        *,
        namespace: str,
        identity: str,
        count: int,
        seconds: float,
        gained: Callable[[int], None],
        lost: Callable[[int], Awaitable[None]],
    ) -> None:
        self._client = client
        self._environment = environment
        self._informers = informers
        self._namespace = namespace
        self._identity = identity
        self._count = count
        self._seconds = seconds
        self._gained = gained
        self._lost = lost
        self._held: dict[int, None] = {}
        self._seen: dict[str, tuple[str, float]] = {}
        self._news = asyncio.Event()
        self._resource: Resource | None = None
        self._own: Manifest | None = None
        self._renewed = float("-inf")

    def holds(self, key: Key) -> bool:
        """Tell whether this replica looks after the Application ``key``."""
        return shard_of(key, self._count) in self._held

    async def ensure(self, key: Key) -> None:
        """Return when this replica may still write for the Application.

        A process that was suspended wakes without knowing it: where its Lease may have run out, it
        renews it and looks at the shard's first. Raises ``StoodDown`` where that is another's by
        now, and what the client raises.
        """
        shard = shard_of(key, self._count)
        if self._has_run_out():
            await self._renew()
            resource = self._kind()
            live = await self._client.get(resource, self._namespace, _shard_name(shard))
            if _holder(live) != self._identity:
                self._held.pop(shard, None)
        if shard not in self._held:
            raise StoodDown(f"another replica looks after {key.namespace}/{key.name} now")

    async def run(self) -> None:
        """Take part until cancelled; what is held then is given up."""
        self._resource = await self._client.resource(_LEASE.group, _LEASE.kind, "v1")
        close = self._informers.on_change(self._changed)
        try:
            await self._informers.watch(self._resource, self._namespace)
            for live in self._informers.items(self._resource, self._namespace):
                self._note(live)
            await self._renew()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_renewing())
                tasks.create_task(self._keep_settling())
        finally:
            close()
            await self._leave()

    # This replica's own Lease

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                async with asyncio.timeout(self._seconds / 2):
                    await self._renew()
            except (TenterError, TimeoutError) as error:
                log.warning("this replica's Lease could not be renewed", error=str(error))
            if self._has_run_out():
                for shard in tuple(self._held):
                    await self._give_up(shard)
            self._news.set()

    async def _renew(self) -> None:
        began = asyncio.get_running_loop().time()
        resource = self._kind()
        name = _member_name(self._identity)
        for _ in range(3):
            lease = self._lease(name, _MEMBER, self._own)
            try:
                if self._own is None:
                    self._own = await self._client.create(resource, lease)
                else:
                    self._own = await self._client.replace(resource, lease)
            except AlreadyExists:
                self._own = await self._client.get(resource, self._namespace, name)
            except Conflict:
                # Our own renewal whose answer was lost, since nobody else writes it.
                self._own = await self._client.get(resource, self._namespace, name)
            except NotFound:
                self._own = None
            else:
                self._renewed = began
                return
        raise StoodDown(f"the Lease {name} is changed by others; is the identity used twice?")

    def _has_run_out(self) -> bool:
        return asyncio.get_running_loop().time() - self._renewed >= self._seconds

    async def _leave(self) -> None:
        """Let others have the shards at once, as far as the cluster still answers."""
        self._held.clear()
        own, self._own = self._own, None
        if own is None:
            return
        with contextlib.suppress(TenterError):
            await self._client.delete(
                self._kind(), self._namespace, own["metadata"]["name"], uid=own["metadata"]["uid"]
            )

    # Shards

    async def _keep_settling(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._settle()
            except TenterError as error:
                log.warning("shards could not be settled", error=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._next_expiry()):
                    await self._news.wait()

    async def _settle(self) -> None:
        if self._has_run_out():
            return
        members = self._alive()
        for shard in range(self._count):
            wanted = preferred(shard, members) == self._identity
            live = self._informers.get(self._key(_shard_name(shard)))
            if shard in self._held and live is not None and _holder(live) != self._identity:
                await self._give_up(shard)
            elif shard in self._held and not wanted:
                await self._hand_over(shard)
            elif wanted and shard not in self._held:
                await self._take(shard, live, members)

    async def _take(self, shard: int, live: Manifest | None, members: list[str]) -> None:
        holder = _holder(live) if live is not None else ""
        if holder not in {"", self._identity} and holder in members:
            return  # it hands the shard over when it sees this replica
        resource = self._kind()
        lease = self._lease(_shard_name(shard), _SHARD, live)
        try:
            if live is None:
                await self._client.create(resource, lease)
            elif holder != self._identity:
                await self._client.replace(resource, lease)
        except Conflict:
            return  # someone was faster; its Lease tells who
        except NotFound:
            return
        self._held[shard] = None
        self._gained(shard)

    async def _hand_over(self, shard: int) -> None:
        await self._give_up(shard)
        live = self._informers.get(self._key(_shard_name(shard)))
        if live is None or _holder(live) != self._identity:
            return
        spec = {**(live.get("spec") or {}), "holderIdentity": ""}
        with contextlib.suppress(Conflict, NotFound):
            await self._client.replace(self._kind(), {**live, "spec": spec})

    async def _give_up(self, shard: int) -> None:
        if shard in self._held:
            del self._held[shard]
            await self._lost(shard)

    # Who is there

    def _alive(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        others = [
            member
            for member, (_, seen) in self._seen.items()
            if member != self._identity and now - seen < self._seconds
        ]
        return sorted([self._identity, *others])

    def _next_expiry(self) -> float | None:
        now = asyncio.get_running_loop().time()
        left = [
            seen + self._seconds - now
            for member, (_, seen) in self._seen.items()
            if member != self._identity and now - seen < self._seconds
        ]
        return max(0.0, min(left)) if left else None

    def _changed(self, change: Change) -> None:
        if change.key.group_kind != _LEASE or change.key.namespace != self._namespace:
            return
        if not change.key.name.startswith(_PREFIX):
            return
        if change.deleted:
            self._seen.pop(_holder(change.object), None)
        else:
            self._note(change.object)
        if _role(change.object) == _SHARD or change.deleted:
            self._news.set()

    def _note(self, live: Manifest) -> None:
        if _role(live) != _MEMBER:
            return
        member = _holder(live)
        renewed = str((live.get("spec") or {}).get("renewTime") or "")
        known = self._seen.get(member)
        if known is None:
            self._news.set()
        if known is None or known[0] != renewed:
            self._seen[member] = (renewed, asyncio.get_running_loop().time())

    # Leases

    def _kind(self) -> Resource:
        if self._resource is None:
            raise RuntimeError("the shards are not taken part in yet")
        return self._resource

    def _key(self, name: str) -> Key:
        return Key(_LEASE.group, _LEASE.kind, self._namespace, name)

    def _lease(self, name: str, role: str, live: Manifest | None) -> Manifest:
        now = datetime.fromtimestamp(self._environment.now(), UTC)
        spec: dict[str, Any] = dict((live or {}).get("spec") or {})
        if spec.get("holderIdentity") != self._identity:
            spec["acquireTime"] = _micro_time(now)
        spec.update(
            holderIdentity=self._identity,
            leaseDurationSeconds=max(1, round(self._seconds)),
            renewTime=_micro_time(now),
        )
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": self._namespace,
            "labels": {_LABEL: role},
        }
        if live is not None:
            metadata = {k: v for k, v in live["metadata"].items() if k != "managedFields"}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": _LEASE.kind,
            "metadata": metadata,
            "spec": spec,
        }


def _member_name(identity: str) -> str:
    digest = hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
    return f"{_PREFIX}-{digest}"


def _shard_name(shard: int) -> str:
    return f"{_PREFIX}-shard-{shard}"


def _holder(lease: Manifest) -> str:
    return str((lease.get("spec") or {}).get("holderIdentity") or "")


def _role(lease: Manifest) -> str:
    return str((lease["metadata"].get("labels") or {}).get(_LABEL) or "")


def _micro_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
