"""The floor: the least that the same outcome takes on the same transport.

A bare loop sends a minimal list of requests, built beforehand, and reads nothing of the answers but
their status. Requests of one step are sent at once, at the best of several concurrencies; a step
begins when the one before it was answered, because that is what waves and hooks are for. No tool
that checks objects before it applies them, and applies them in order, can be faster than this.

What is in the list, and why:

- objects of a sync: first a dry run of each, all at once, because a sync promises to apply nothing
  where one object is refused; then each object's server-side apply, kind after kind and wave after
  wave;
- the same again unchanged: one list of each kind would do where nothing changed, but what a server
  makes of an object it alone can say, so the dry runs and applies are the same;
- one object changed: one list of each kind, to know of the others, and the dry run and the apply of
  that object;
- a prune: a watch of each kind opened once, then the deletion of each object, all at once and in
  the way that a sync deletes by default; it is over when the streams have told of each that it is
  gone;
- Jobs one after the other: a watch opened once, then each Job's POST when the stream says that the
  one before is complete.

No discovery, no lock, no saved record, no reading of files.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import msgspec

from tenter.kube import FieldValidation, Request, Resource, Transport
from tenter.kube.building import WriteOptions, apply, create, delete, list_page, watch
from tenter.manifests import Manifest

CONCURRENCIES = (8, 16, 32, 64)
"""How many requests are under way at once; the best one counts."""

_TIMEOUT = 60.0
_WATCHED = 3_600
"""Seconds that a stream may last: a busy garbage collector takes minutes for a thousand objects."""

Step: TypeAlias = Sequence[Request]
"""Requests that are sent at once."""


class Floor(msgspec.Struct, frozen=True):
    """The least time in seconds, at which concurrency, by how many requests."""

    seconds: float
    at_once: int
    requests: int

    def __str__(self) -> str:
        return f"floor: {self.requests:,} requests, best {self.at_once} at once"


NewTransport: TypeAlias = Callable[[], AbstractAsyncContextManager[Transport]]
"""Opens a cluster to measure on, fresh for each concurrency."""


async def best_of(new_transport: NewTransport, *repeats: Sequence[Step]) -> list[Floor]:
    """Return the floor of each of ``repeats``, which are done one after another on one cluster."""
    found: list[list[Floor]] = [[] for _ in repeats]
    for at_once in CONCURRENCIES:
        async with new_transport() as transport:
            for index, steps in enumerate(repeats):
                began = time.perf_counter()
                for step in steps:
                    await send_all(transport, step, at_once)
                seconds = time.perf_counter() - began
                requests = sum(map(len, steps))
                found[index].append(Floor(seconds, at_once, requests))
    return [min(floors, key=lambda floor: floor.seconds) for floors in found]


async def send_all(transport: Transport, requests: Step, at_once: int) -> None:
    """Send all of ``requests``, ``at_once`` at a time; every answer must be a success."""
    waiting = iter(requests)

    async def sender() -> None:
        for request in waiting:
            response = await transport.send(request, timeout=_TIMEOUT)
            assert response.status in (200, 201, 202), response.body

    if len(requests) == 1:
        await sender()
        return
    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(at_once, len(requests))):
            tasks.create_task(sender())


def sync_steps(manifests: Sequence[tuple[Resource, Manifest, int]]) -> list[list[Request]]:
    """Return a sync's minimal requests; each object with its resource and its wave.

    The objects are in the order of their kinds.
    """
    checks = [_apply(resource, manifest, dry_run=True) for resource, manifest, _ in manifests]
    stages: dict[tuple[int, str], list[Request]] = {}
    for resource, manifest, wave in manifests:
        stages.setdefault((wave, resource.kind), []).append(_apply(resource, manifest))
    waves = sorted({wave for wave, _ in stages})
    ordered = [stages[key] for wave in waves for key in stages if key[0] == wave]
    return [checks, *ordered]


def change_steps(
    resources: Sequence[Resource], changed: tuple[Resource, Manifest]
) -> list[list[Request]]:
    """Return the minimal requests of a sync of which one object changed."""
    namespace = changed[1]["metadata"]["namespace"]
    lists = [list_page(resource, namespace) for resource in dict.fromkeys(resources)]
    return [lists, [_apply(*changed, dry_run=True)], [_apply(*changed)]]


async def best_prune(
    new_transport: NewTransport, manifests: Sequence[tuple[Resource, Manifest, int]]
) -> Floor:
    """Return the floor of deleting ``manifests``, which are created on each cluster beforehand."""
    found = []
    for at_once in CONCURRENCIES:
        async with new_transport() as transport:
            for step in sync_steps(manifests)[1:]:
                await send_all(transport, step, at_once)
            found.append(await _prune(transport, manifests, at_once))
    return min(found, key=lambda floor: floor.seconds)


async def _prune(
    transport: Transport, manifests: Sequence[tuple[Resource, Manifest, int]], at_once: int
) -> Floor:
    left: dict[Resource, dict[str, None]] = {}
    for resource, manifest, _ in manifests:
        left.setdefault(resource, {})[manifest["metadata"]["name"]] = None
    deletions = [
        delete(
            resource,
            manifest["metadata"]["namespace"],
            manifest["metadata"]["name"],
            propagation="Foreground",
        )
        for resource, manifest, _ in manifests
    ]
    namespace = manifests[0][1]["metadata"]["namespace"]
    lists = [list_page(resource, namespace, limit=1) for resource in left]
    versions = [
        msgspec.json.decode((await transport.send(each, timeout=_TIMEOUT)).body)["metadata"]
        for each in lists
    ]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for (resource, names), version in zip(left.items(), versions, strict=True):
            began_at = version["resourceVersion"]
            tasks.create_task(_until_gone(transport, resource, namespace, began_at, names))
        tasks.create_task(send_all(transport, deletions, at_once))
    seconds = time.perf_counter() - began
    return Floor(seconds, at_once, len(deletions) + len(left))


async def _until_gone(
    transport: Transport, resource: Resource, namespace: str, version: str, names: dict[str, None]
) -> None:
    """Watch from ``version`` on until all of ``names`` are told to be gone."""
    while names:
        request = watch(resource, namespace, resource_version=version, timeout_seconds=_WATCHED)
        async with transport.stream(request, timeout=_TIMEOUT) as stream:
            assert stream.status == 200, stream.status
            async for line in _lines(stream.chunks):
                # Names alone tell; to read whole objects would be the floor's own time.
                event = _event.decode(line) if line else None
                if event is None:
                    continue
                assert event.type != "ERROR", line
                version = event.object.metadata.version or version
                if event.type == "DELETED":
                    names.pop(event.object.metadata.name, None)
                    if not names:
                        return
        # A busy server ends the streams of who reads slowly; they go on where they were.


class _Metadata(msgspec.Struct):
    name: str = ""
    version: str = msgspec.field(default="", name="resourceVersion")


class _Object(msgspec.Struct):
    metadata: _Metadata


class _Event(msgspec.Struct):
    type: str
    object: _Object


_event = msgspec.json.Decoder(_Event)


async def jobs_in_turn(
    transport: Transport, resource: Resource, jobs: Sequence[Manifest]
) -> tuple[float, int]:
    """Create Jobs, each when the one before is complete; return the seconds and the requests."""
    namespace = jobs[0]["metadata"]["namespace"]
    creations = [create(resource, namespace, job, WriteOptions()) for job in jobs]
    began = time.perf_counter()
    async with transport.stream(watch(resource, namespace), timeout=_TIMEOUT) as stream:
        lines = _lines(stream.chunks)
        for job, creation in zip(jobs, creations, strict=True):
            await send_all(transport, [creation], 1)
            await _until_complete(lines, job["metadata"]["name"])
    return time.perf_counter() - began, len(jobs) + 1


def _apply(resource: Resource, manifest: Manifest, *, dry_run: bool = False) -> Request:
    metadata = manifest["metadata"]
    options = WriteOptions(dry_run=dry_run, field_validation=FieldValidation.STRICT)
    return apply(resource, metadata.get("namespace", ""), metadata["name"], manifest, options)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line


async def _until_complete(lines: AsyncIterator[bytes], name: str) -> None:
    async for line in lines:
        live = msgspec.json.decode(line)["object"] if line else {"metadata": {}}
        conditions = live.get("status", {}).get("conditions") or []
        if live["metadata"].get("name") == name and any(
            one["type"] == "Complete" and one["status"] == "True" for one in conditions
        ):
            return
    raise AssertionError("the watch ended")
