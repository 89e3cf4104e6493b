"""No save, no action: what is about to be done is saved before its request leaves."""

from __future__ import annotations

import asyncio

import tenter
from tenter.engine import Record, TaskPhase
from tenter.kube import Request, Response
from tests.behaviour.application import Application
from tests.behaviour.manifests import config_map, job
from tests.faults.faulty import Fault, FaultyTransport, Forward, Matches, on


async def records_at(
    application: Application, matches: Matches, *names: str
) -> list[tuple[Record, list[str], list[str]]]:
    """Sync with slow saves; return record and inventory as saved when such requests left."""
    seen = []

    async def look(_request: Request, forward: Forward, _timeout: float) -> Response:
        state = await application.state()
        assert state.record is not None
        inventory = state.inventory
        objects = [key.name for key in inventory.objects]
        seen.append((state.record, objects, [key.name for key in inventory.hooks]))
        return await forward()

    transport = FaultyTransport(application.grounds.transport())
    transport.faults.append(Fault(matches, look))
    transport.slow_down(2.0, on("PUT", "/secrets"))
    application.cluster = await application.grounds.opened(transport)
    outcome = await application.sync(
        *(job(name, hook="PreSync", policy="HookSucceeded") for name in names),
        config_map("settings"),
    )
    assert outcome.succeeded, outcome.message
    return seen


async def test_a_hook_is_in_the_saved_record_before_it_is_created(
    application: Application,
) -> None:
    ((record, _, _),) = await records_at(application, on("POST", "/jobs"), "migrate")

    assert [hook.key.name for hook in record.hooks.values()] == ["migrate"]


async def test_its_result_is_saved_before_its_finalizer_goes(application: Application) -> None:
    ((record, _, _),) = await records_at(application, on("PATCH", "/jobs"), "migrate")

    assert [hook.phase for hook in record.hooks.values()] == [TaskPhase.SUCCEEDED]


async def test_what_may_be_created_is_in_the_inventory_before_the_first_object_is(
    application: Application,
) -> None:
    seen = await records_at(application, on("POST", "/jobs"), "migrate", "prepare")

    assert [inventory for _, *inventory in seen] == [[["settings"], ["migrate", "prepare"]]] * 2


async def test_a_sync_is_terminated_while_its_first_saves_hang(application: Application) -> None:
    transport = FaultyTransport(application.grounds.transport())
    transport.slow_down(20.0, on("PUT", "/secrets"))
    application.cluster = await application.grounds.opened(transport)
    control = tenter.Control()
    application.write(job("migrate", hook="PreSync"), config_map("settings"))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control))
        await application.until_told(lambda event: isinstance(event, tenter.OperationStarted))
        control.terminate()

    assert syncing.result().message == "Operation terminated"
    assert application.story.changed_nothing, application.story
