"""With Supersede=true a sync ends the one that runs and takes over."""

from __future__ import annotations

import asyncio

import pytest
from tests.applications.shop import Shop, config, job
from tests.applications.test_an_interrupted_sync import SLOW, interrupted, until_running

from tenter.applications import DeleteRequest, delete, sync
from tenter.applications.superseding import SUPERSEDED
from tenter.engine import OperationPhase
from tenter.errors import OperationInProgress, StateError
from tenter.runner import Control

SUPERSEDE = ("Supersede=true",)


async def test_a_superseding_sync_ends_the_running_one_and_takes_over(shop: Shop) -> None:
    shop.write(SLOW)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        first = tasks.create_task(shop.sync())
        await waiting
        shop.write(config("newer"))

        second = await shop.sync(options=SUPERSEDE)

        ended = await first
    assert (ended.phase, ended.message) == (OperationPhase.FAILED, SUPERSEDED)
    assert second.phase is OperationPhase.SUCCEEDED
    assert not second.resumed
    assert await shop.exists("ConfigMap", "newer")
    assert not await shop.exists("Job", "migrate", group="batch")


async def test_a_superseding_sync_ends_what_another_process_left_behind(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)
    shop.write(config("newer"))

    outcome = await shop.sync(options=SUPERSEDE)

    assert not outcome.resumed
    assert outcome.phase is OperationPhase.SUCCEEDED
    assert not await shop.exists("Job", "migrate", group="batch")


async def test_a_superseding_sync_can_itself_be_terminated(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)
    control = Control()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        request = shop.request(options=SUPERSEDE)
        running = tasks.create_task(sync(request, shop.workplace(control=control)))
        await waiting
        control.terminate()
    assert running.result().message == "Operation terminated"


async def test_a_sync_that_would_be_refused_ends_nobody(shop: Shop) -> None:
    shop.write(SLOW)
    control = Control()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        first = tasks.create_task(sync(shop.request(), shop.workplace(control=control)))
        await waiting
        other = Shop(shop.cluster, shop.client, shop.environment, shop.folder.parent / "other")
        other.write(config("other"))

        with pytest.raises(StateError, match="is synced from"):
            await other.sync(options=SUPERSEDE)

        assert not first.done()
        control.terminate()


async def test_a_deletion_is_not_superseded(shop: Shop) -> None:
    shop.write(config("settings") + job("name: bye", hook="PreDelete", outcome="hang"))
    await shop.sync()
    control = Control()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop, "bye"))
        await asyncio.sleep(0)
        request = DeleteRequest(application="shop", state_namespace="default")
        deleting = tasks.create_task(delete(request, shop.workplace(control=control)))
        await waiting

        with pytest.raises(OperationInProgress):
            await shop.sync(options=SUPERSEDE)

        assert not deleting.done()
        control.terminate()
