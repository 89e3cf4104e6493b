import asyncio

import msgspec
import pytest
from tests.runner.ground import Ground, Journal, config, job

from tenter.engine import OperationPhase, Record
from tenter.errors import ServerFault, StoodDown
from tenter.runner.progress import Warned


async def test_nothing_is_changed_before_the_first_save(ground: Ground) -> None:
    journal = Journal()
    journal.gate.clear()
    planned = asyncio.Event()
    ground.listener = lambda _event: planned.set()
    before = len(ground.cluster.store.history)
    async with asyncio.TaskGroup() as tasks:
        sync = tasks.create_task(ground.run(config("settings"), journal=journal))
        await planned.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(ground.cluster.store.history) == before
        journal.gate.set()
        assert (await sync).phase is OperationPhase.SUCCEEDED


async def test_a_save_that_fails_is_told_and_tried_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenter.runner.saving.FIRST_PAUSE", 0.01)
    journal = Journal(ServerFault("etcd is tired", code=500))

    record = await ground.run(config("settings"), journal=journal)

    assert record.phase is OperationPhase.SUCCEEDED
    assert "etcd is tired" in ground.events(Warned)[0].message


async def test_another_process_taking_over_ends_the_run(ground: Ground) -> None:
    with pytest.raises(StoodDown):
        await ground.run(config("settings"), journal=Journal(StoodDown("another runs it")))


async def test_a_hook_is_saved_before_it_is_created(ground: Ground) -> None:
    seen: list[bool] = []

    class Watchful(Journal):
        async def save(self, saved: object) -> None:
            await super().save(saved)  # type: ignore[arg-type]
            hooks = msgspec.json.decode(self.saves[-1].record, type=Record).hooks
            if hooks and not seen:
                seen.append(await ground.exists("Job", "migrate", "batch"))

    await ground.run(job("migrate", hook="PreSync"), journal=Watchful())

    assert seen == [False]


async def test_the_last_save_holds_the_end(ground: Ground) -> None:
    journal = Journal()

    await ground.run(config("settings"), journal=journal)

    last = journal.saves[-1]
    assert last.ended
    assert msgspec.json.decode(last.record, type=Record).phase is OperationPhase.SUCCEEDED
