"""Whole syncs, from files to the end, each beside the same requests sent by a bare loop."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

import tenter
from bench.counting import CountingTransport
from bench.floor import (
    NewTransport,
    best_of,
    best_prune,
    change_steps,
    jobs_in_turn,
    sync_steps,
)
from bench.measurement import Measurement
from bench.objects import config_map, job, mixed, write
from bench.served import served_cluster
from tenter.embedded import EmbeddedCluster
from tenter.kube import Client, Resource, Transport
from tenter.kube.io_http import HttpTransport
from tenter.library.io_environment import real_environment
from tenter.manifests import Manifest, annotation, kind_rank

_PHASES = ("PreSync", "Sync", "PostSync")


@asynccontextmanager
async def in_memory() -> AsyncIterator[Transport]:
    """Open a fresh embedded cluster in this process."""
    async with EmbeddedCluster(real_environment()) as cluster:
        yield cluster.transport()


@asynccontextmanager
async def server_in_memory() -> AsyncIterator[Transport]:
    """Open a fresh API server in this process, where no controller works beside it."""
    async with EmbeddedCluster(real_environment(), workloads=False) as cluster:
        yield cluster.transport()


@asynccontextmanager
async def server_over_https() -> AsyncIterator[Transport]:
    """Open a fresh API server in another process, over HTTPS, without controllers."""
    async with served_cluster(workloads=False) as cluster:
        transport = HttpTransport(cluster.connection, real_environment())
        try:
            yield transport
        finally:
            await transport.aclose()


@asynccontextmanager
async def cluster_over_https() -> AsyncIterator[Transport]:
    """Open a fresh cluster in another process, over HTTPS, whose controllers collect garbage."""
    async with served_cluster() as cluster:
        transport = HttpTransport(cluster.connection, real_environment())
        try:
            yield transport
        finally:
            await transport.aclose()


def waves() -> list[Measurement]:
    """20 waves of one ConfigMap each."""
    manifests = [config_map(f"item-{wave:02}", wave=wave) for wave in range(20)]
    name = "20 waves of a ConfigMap"
    return asyncio.run(beside_floor(name, manifests, in_memory, times=5, goal=1.0))


def mixed_in_memory() -> list[Measurement]:
    """1,000 mixed objects, first and again; client and server share one process."""
    name = "1,000 objects in memory"
    return asyncio.run(beside_floor(name, mixed(1_000), server_in_memory))


def mixed_over_https() -> list[Measurement]:
    """1,000 mixed objects, first and again; client and server are two processes."""
    name = "1,000 objects over HTTPS"
    return asyncio.run(beside_floor(name, mixed(1_000), server_over_https, ratio_goal=1.3))


def changes_over_https() -> list[Measurement]:
    """One of 1,000 mixed objects changed, and all of them pruned, over HTTPS."""
    name = "1,000 objects over HTTPS"
    return asyncio.run(changes(name, mixed(1_000), cluster_over_https))


def jobs() -> list[Measurement]:
    """Sync a Job in each of PreSync, Sync and PostSync, beside three Jobs one after the other."""
    moment = asyncio.run(beside_jobs_alone("Jobs of 10 ms", 0.01, times=7))
    second = asyncio.run(beside_jobs_alone("Jobs of 1 s", 1.0, times=1))
    return [moment, msgspec.structs.replace(second, ratio_goal=1.15)]


async def beside_floor(
    name: str,
    manifests: Sequence[Manifest],
    new_transport: NewTransport,
    *,
    times: int = 1,
    goal: float | None = None,
    ratio_goal: float | None = None,
) -> list[Measurement]:
    """Measure a first sync and an unchanged one, each ``times`` times, and the floors of both."""
    took = []
    for _ in range(times):
        async with new_transport() as transport:
            steps = sync_steps(await _placed(transport, manifests))
            took.append(await _syncs(transport, manifests, times=2))
    floors = await best_of(new_transport, steps, steps)
    return [
        Measurement(
            name=f"{name}, {turn}",
            value=statistics.median(seconds for seconds, _ in runs),
            floor=least.seconds,
            goal=goal,
            ratio_goal=ratio_goal,
            note=f"{runs[-1][1]:,} requests; {least}",
        )
        for turn, runs, least in zip(
            ("first sync", "unchanged"), zip(*took, strict=True), floors, strict=True
        )
    ]


async def changes(
    name: str, manifests: Sequence[Manifest], new_transport: NewTransport
) -> list[Measurement]:
    """Measure a sync of which one object changed, and the prune of all but one, and the floors."""
    async with new_transport() as transport:
        placed = await _placed(transport, manifests)
        with tempfile.TemporaryDirectory() as folder:
            await _sync(transport, Path(folder), manifests)
            changed = [*manifests[:-1], _changed(manifests[-1])]
            one = await _sync(transport, Path(folder), changed)
            pruned = await _sync(transport, Path(folder), manifests[:1], prune=True)
        resources = [resource for resource, _, _ in placed]
        target = (placed[-1][0], _changed(manifests[-1]))
    steps = change_steps(resources, target)
    decided = 1 - (one.dry_runs - 1) / len(manifests)
    [floor] = await best_of(new_transport, steps)
    prune_floor = await best_prune(new_transport, placed[1:])
    return [
        Measurement(
            name=f"{name}, one changed",
            value=one.seconds,
            floor=floor.seconds,
            goal=0.5,
            note=f"{one.requests:,} requests, {decided:.0%} decided without one; {floor}",
        ),
        Measurement(
            name=f"{name}, all but one pruned",
            value=pruned.seconds,
            floor=prune_floor.seconds,
            ratio_goal=1.5,
            note=f"{pruned.requests:,} requests; {prune_floor}",
        ),
    ]


def _changed(manifest: Manifest) -> Manifest:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**metadata["labels"], "new": "1"}}}


class _Took(msgspec.Struct, frozen=True):
    """What one sync took."""

    seconds: float
    requests: int
    dry_runs: int


async def _sync(
    transport: Transport, folder: Path, manifests: Sequence[Manifest], *, prune: bool = False
) -> _Took:
    """Sync the manifests from files in ``folder``, in place of what is there."""
    for file in sorted(folder.glob("*")):  # noqa: ASYNC240 - nothing else runs meanwhile
        file.unlink()
    write(folder, list(manifests))
    counting = CountingTransport(transport)
    async with tenter.Cluster.over(counting, environment=real_environment()) as cluster:
        began = time.perf_counter()
        outcome = await tenter.sync(str(folder), cluster=cluster, application="bench", prune=prune)
        seconds = time.perf_counter() - began
    assert outcome.phase == "Succeeded", outcome.message
    return _Took(seconds, counting.requests + counting.streams, counting.dry_runs)


async def beside_jobs_alone(
    name: str, lasting: float, *, times: int, new_transport: NewTransport = in_memory
) -> Measurement:
    """Measure hooks whose Jobs last ``lasting`` seconds, and the same Jobs one after the other."""
    took, floors = [], []
    for _ in range(times):
        async with new_transport() as transport:
            hooks = [job(phase.lower(), hook=phase, seconds=lasting) for phase in _PHASES]
            took += await _syncs(transport, hooks, times=1)
        async with new_transport() as transport:
            resource = await Client(transport, real_environment()).resource("batch", "Job")
            alone = [job(phase.lower(), seconds=lasting) for phase in _PHASES]
            floors.append(await jobs_in_turn(transport, resource, alone))
    return Measurement(
        name=f"{name} in PreSync, Sync and PostSync",
        value=statistics.median(seconds for seconds, _ in took),
        floor=statistics.median(seconds for seconds, _ in floors),
        note=f"{took[-1][1]:,} requests; floor: {floors[-1][1]} requests",
    )


async def _syncs(
    transport: Transport, manifests: Sequence[Manifest], *, times: int
) -> list[tuple[float, int]]:
    """Sync the manifests from files; return the seconds and the requests of each time."""
    with tempfile.TemporaryDirectory() as folder:
        took = [await _sync(transport, Path(folder), manifests) for _ in range(times)]
    return [(each.seconds, each.requests) for each in took]


async def _placed(
    transport: Transport, manifests: Sequence[Manifest]
) -> list[tuple[Resource, Manifest, int]]:
    """Return each object with its resource and wave, in the order of kinds."""
    client = Client(transport, real_environment())
    ordered = sorted(manifests, key=lambda manifest: kind_rank(manifest["kind"]))
    return [(await client.resource_of(manifest), manifest, _wave(manifest)) for manifest in ordered]


def _wave(manifest: Manifest) -> int:
    return int(annotation(manifest, "argocd.argoproj.io/sync-wave") or 0)
