"""A server that is gone: for a while, for good, from the start."""

from __future__ import annotations

import asyncio

import pytest

import tenter
from tenter.errors import ClusterTimeout, ClusterUnreachable, StoodDown
from tests.behaviour.application import Application
from tests.behaviour.fixtures import MORNING
from tests.behaviour.manifests import KEPT, config_map, deployment, job
from tests.faults.faulty import FaultyTransport, Watching, anything, on

MANIFESTS = [
    job("before", hook="PreSync", outcome="succeed after=30"),
    deployment("web"),
    job("after", hook="PostSync", policy="HookSucceeded"),
]


@pytest.fixture
async def faulty(application: Application) -> FaultyTransport:
    """Return the connection that the application uses."""
    transport = FaultyTransport(application.grounds.transport())
    application.cluster = await application.grounds.opened(transport)
    return transport


def die(faulty: FaultyTransport) -> None:
    faulty.refuse_connections(anything)
    faulty.watching.append(Watching(anything, chunks=0))


async def test_a_server_that_is_away_for_some_seconds_is_waited_for(
    application: Application, faulty: FaultyTransport
) -> None:
    application.write(*MANIFESTS)
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/before")
        die(faulty)
        await application.grounds.elapse(7)
        faulty.heal()

    assert syncing.result().succeeded, syncing.result().message
    assert len(application.story.uids("Job", "before")) == 1
    assert application.grounds.leftovers() == []


async def test_a_server_that_stays_away_ends_the_process_and_not_the_operation(
    application: Application, faulty: FaultyTransport
) -> None:
    application.write(*MANIFESTS)
    syncing = asyncio.create_task(application.sync())
    await application.grounds.until("create Job/before")
    die(faulty)

    with pytest.raises(StoodDown, match="could not be renewed in time"):
        await syncing
    assert application.grounds.environment.now() - MORNING < 120

    faulty.heal()
    await application.grounds.elapse(20)
    outcome = await application.sync()
    assert outcome.succeeded, outcome.message
    assert len(application.grounds.story().uids("Job", "before")) == 1


async def test_a_server_that_hangs_ends_the_process_and_not_the_operation(
    application: Application, faulty: FaultyTransport
) -> None:
    application.write(*MANIFESTS)
    syncing = asyncio.create_task(application.sync())
    await application.grounds.until("create Job/before")
    faulty.slow_down(3600.0)

    with pytest.raises(StoodDown):
        await syncing
    assert application.grounds.environment.now() - MORNING < 120


async def test_a_server_that_is_not_there_from_the_start_is_an_error(
    application: Application, faulty: FaultyTransport
) -> None:
    die(faulty)

    with pytest.raises(ClusterUnreachable):
        await application.sync(*MANIFESTS)
    assert application.story.changed_nothing


async def test_a_server_that_hangs_from_the_start_is_an_error(
    application: Application, faulty: FaultyTransport
) -> None:
    faulty.slow_down(3600.0)

    with pytest.raises(ClusterTimeout):
        await application.sync(*MANIFESTS)
    assert application.grounds.environment.now() - MORNING < 300


async def test_a_lease_that_another_takes_meanwhile_makes_the_first_stand_down(
    application: Application, faulty: FaultyTransport
) -> None:
    application.write(*MANIFESTS)
    syncing = asyncio.create_task(application.sync())
    await application.grounds.until("create Job/before")
    faulty.refuse_connections(on("PUT", "/leases"))
    await application.grounds.elapse(16)

    second = await tenter.sync(
        application.folder,
        cluster=await application.grounds.opened(),
        application="shop",
    )

    with pytest.raises(StoodDown):
        await syncing
    assert second.succeeded, second.message
    assert len(application.story.uids("Job", "before")) == 1
    assert len(application.story.uids("Job", "after")) == 1
    assert application.grounds.leftovers() == []
    assert application.grounds.states() == ["Secret/tenter.shop"]


async def test_a_lease_that_someone_deletes_makes_the_process_stand_down(
    application: Application, faulty: FaultyTransport
) -> None:
    del faulty
    application.write(*MANIFESTS)
    syncing = asyncio.create_task(application.sync())
    await application.grounds.until("create Job/before")
    await application.grounds.delete("Lease", "tenter.shop", group="coordination.k8s.io")

    with pytest.raises(StoodDown, match="deleted"):
        await syncing

    assert (await application.sync()).succeeded


async def test_a_state_that_someone_deletes_while_a_sync_runs_is_written_anew(
    application: Application, faulty: FaultyTransport
) -> None:
    del faulty
    application.write(job("before", hook="PreSync", outcome="succeed after=30", policy=KEPT))
    syncing = asyncio.create_task(application.sync())
    await application.grounds.until("create Job/before")
    await application.grounds.delete("Secret", "tenter.shop")

    assert (await syncing).succeeded
    record = (await application.state()).record
    assert record is not None
    assert record.phase == "Succeeded"


async def test_config_maps_are_applied_again_after_a_dead_server(
    application: Application, faulty: FaultyTransport
) -> None:
    fault = faulty.refuse_connections(on("PATCH", "/configmaps"), times=3)

    outcome = await application.sync(config_map("settings"))

    assert outcome.succeeded, outcome.message
    assert fault.met == 3
