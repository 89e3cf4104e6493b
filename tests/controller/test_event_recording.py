"""Events are created as they are told, and what is in their way is in nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenter.argoproj import deleted_event, read_application, started_event
from tenter.argoproj import read_operation as operation_of
from tenter.controller.event_recording import MOST_WAITING, EventRecorder
from tests.controller.fleet import NAMESPACE, Fleet

SHOP = read_application({"metadata": {"name": "shop", "namespace": NAMESPACE, "uid": "u"}})
NOWHERE = read_application({"metadata": {"name": "shop", "namespace": "nowhere", "uid": "u"}})
NOW = 1_767_268_800.0


@asynccontextmanager
async def recorder_of(fleet: Fleet) -> AsyncIterator[EventRecorder]:
    recorder = EventRecorder(fleet.client)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(recorder.run())
        yield recorder
        task.cancel()


async def reasons(fleet: Fleet) -> list[str]:
    resource = await fleet.client.resource("", "Event")
    found = (await fleet.client.list(resource, NAMESPACE)).items
    return sorted(each["reason"] for each in found if each["involvedObject"]["name"] == "shop")


async def recorded(fleet: Fleet, recorder: EventRecorder) -> list[str]:
    async with asyncio.timeout(60):
        await recorder.settled()
    return await reasons(fleet)


async def test_what_is_told_is_created(fleet: Fleet) -> None:
    async with recorder_of(fleet) as recorder:
        recorder.tell(started_event(SHOP, operation_of({}), "abc", NOW), deleted_event(SHOP, NOW))
        assert await recorded(fleet, recorder) == ["OperationStarted", "ResourceDeleted"]


async def test_what_is_told_twice_is_created_once(fleet: Fleet) -> None:
    async with recorder_of(fleet) as recorder:
        recorder.tell(deleted_event(SHOP, NOW), deleted_event(SHOP, NOW))
        assert await recorded(fleet, recorder) == ["ResourceDeleted"]


async def test_an_event_that_cannot_be_created_holds_up_no_other(fleet: Fleet) -> None:
    async with recorder_of(fleet) as recorder:
        recorder.tell(deleted_event(NOWHERE, NOW), deleted_event(SHOP, NOW))
        assert await recorded(fleet, recorder) == ["ResourceDeleted"]


async def test_of_a_flood_the_newest_are_kept(fleet: Fleet) -> None:
    recorder = EventRecorder(fleet.client)
    recorder.tell(started_event(SHOP, operation_of({}), "abc", NOW))
    recorder.tell(*(deleted_event(SHOP, NOW) for _ in range(MOST_WAITING)))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(recorder.run())
        assert await recorded(fleet, recorder) == ["ResourceDeleted"]
        task.cancel()
