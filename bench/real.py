"""Whole syncs on a real control plane, beside their floor and beside kubectl.

Needs the binaries of ``make controlplane``; each measurement begins on a fresh control plane.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from conformance.io_build import binaries
from conformance.io_control_plane import ControlPlane

from bench.measurement import Measurement
from bench.objects import config_map, mixed, write
from bench.syncs import beside_floor, beside_jobs_alone, changes
from tenter.embedded.node import Node
from tenter.embedded.node.io_kubelet import serve_kubelet
from tenter.kube import Client, Transport
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection
from tenter.library.io_environment import real_environment
from tenter.manifests import Manifest


@asynccontextmanager
async def real_cluster() -> AsyncIterator[Transport]:
    """Open a fresh control plane with Tenter's node on it."""
    async with _planes() as (plane, transport):
        del plane
        environment = real_environment()
        node = Node(Client(transport, environment), environment)
        async with node, serve_kubelet(node, environment.now):
            yield transport


def waves() -> list[Measurement]:
    """20 waves of one ConfigMap each."""
    manifests = [config_map(f"item-{wave:02}", wave=wave) for wave in range(20)]
    name = "real: 20 waves of a ConfigMap"
    return asyncio.run(beside_floor(name, manifests, real_cluster, goal=1.0))


def jobs() -> list[Measurement]:
    """Sync a Job in each of PreSync, Sync and PostSync, beside three Jobs one after the other."""
    measured = beside_jobs_alone("real: Jobs of 10 ms", 0.01, times=1, new_transport=real_cluster)
    return [asyncio.run(measured)]


def mixed_objects() -> list[Measurement]:
    """1,000 mixed objects, first and again, beside their floor and beside kubectl."""
    manifests = mixed(1_000)
    name = "real: 1,000 objects"
    measured = asyncio.run(beside_floor(name, manifests, real_cluster, ratio_goal=1.3))
    return [*measured, *asyncio.run(_by_kubectl(manifests))]


def changes_of_objects() -> list[Measurement]:
    """One of 1,000 mixed objects changed, and all but one pruned, beside their floors."""
    return asyncio.run(changes("real: 1,000 objects", mixed(1_000), real_cluster))


async def _by_kubectl(manifests: Sequence[Manifest]) -> list[Measurement]:
    found = []
    for flags in ([], ["--server-side"]):
        async with _planes() as (plane, _):
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder), list(manifests))
                command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig)]
                began = time.perf_counter()
                await asyncio.to_thread(
                    subprocess.run,
                    [*command, "apply", *flags, "-f", folder],
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
                took = time.perf_counter() - began
        words = " ".join(["kubectl apply", *flags])
        found.append(Measurement(name=f"real: 1,000 objects, {words}", value=took))
    return found


@asynccontextmanager
async def _planes() -> AsyncIterator[tuple[ControlPlane, Transport]]:
    programs = binaries()
    if programs is None:
        raise SystemExit("the control plane is not built: run `make controlplane` first")
    with tempfile.TemporaryDirectory() as place, ControlPlane(programs, Path(place)) as plane:
        transport = HttpTransport(find_connection(plane.kubeconfig), real_environment())
        try:
            yield plane, transport
        finally:
            await transport.aclose()
