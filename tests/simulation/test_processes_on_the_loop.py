"""Time is virtual, and a process can be stopped in the middle of anything."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulation.virtual_loop import Process, Stuck, VirtualLoop, run


def loop() -> VirtualLoop:
    running = asyncio.get_running_loop()
    assert isinstance(running, VirtualLoop)
    return running


def test_waiting_takes_no_time_and_moves_the_clock() -> None:
    async def wait() -> float:
        await asyncio.sleep(86_400)
        return loop().time()

    assert run(wait()) == 86_400


def test_a_killed_process_does_nothing_more_not_even_its_clean_up() -> None:
    done: list[str] = []

    async def program() -> None:
        try:
            done.append("began")
            await asyncio.sleep(10)
        finally:
            done.append("cleaned up")

    async def story() -> list[str]:
        process = Process("victim", loop())
        task = process.start(program())
        await asyncio.sleep(5)
        process.kill()
        task.cancel()
        await asyncio.sleep(100)
        return list(done)

    assert run(story()) == ["began"]


def test_a_paused_process_finds_all_that_was_due_when_it_wakes() -> None:
    moments: list[float] = []

    async def program() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            moments.append(loop().time())

    async def story() -> None:
        process = Process("sleeper", loop())
        task = process.start(program())
        await asyncio.sleep(1.5)
        process.freeze()
        await asyncio.sleep(20)
        process.thaw()
        await task

    run(story())
    assert moments == [1.0, 21.5, 22.5]


def test_what_a_process_started_belongs_to_it() -> None:
    done: list[str] = []

    async def child() -> None:
        await asyncio.sleep(2)
        done.append("child")

    async def program() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(child())

    async def story() -> None:
        process = Process("parent", loop())
        process.start(program())
        await asyncio.sleep(1)
        process.kill()
        await asyncio.sleep(10)

    run(story())
    assert done == []


def test_a_program_that_waits_for_nothing_is_told() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run(wait())
