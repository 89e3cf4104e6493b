import asyncio

import pytest
from tests.kube.scripted import Held, ScriptedTransport, client_of, ok, refusal, run

from tenter.kube.limiter import Limiter


async def _hold(limiter: Limiter, entered: list[int], number: int, leave: asyncio.Event) -> None:
    async with limiter.place():
        entered.append(number)
        await leave.wait()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_no_more_requests_run_than_there_are_places() -> None:
    async def scene() -> None:
        limiter, entered, leave = Limiter(2), list[int](), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for number in range(5):
                tasks.create_task(_hold(limiter, entered, number, leave))
            await _settled()
            assert entered == [0, 1]
            leave.set()
        assert entered == [0, 1, 2, 3, 4]
        assert limiter.running == 0

    run(scene())


def test_many_refusals_of_one_moment_halve_the_bound_once() -> None:
    async def scene() -> int:
        limiter = Limiter(32)
        async with limiter.place() as first, limiter.place() as second:
            limiter.refused(first)
            limiter.refused(second)
        return limiter.bound

    assert run(scene()) == 16


def test_a_refusal_after_the_halving_halves_again() -> None:
    async def scene() -> int:
        limiter = Limiter(32)
        for _ in range(2):
            async with limiter.place() as epoch:
                limiter.refused(epoch)
        return limiter.bound

    assert run(scene()) == 8


def test_the_bound_never_falls_below_one() -> None:
    async def scene() -> int:
        limiter = Limiter(2)
        for _ in range(10):
            async with limiter.place() as epoch:
                limiter.refused(epoch)
        return limiter.bound

    assert run(scene()) == 1


def test_places_come_back_slowly_and_not_beyond_the_first_bound() -> None:
    async def scene() -> list[int]:
        limiter = Limiter(8)
        async with limiter.place() as epoch:
            limiter.refused(epoch)
        bounds = []
        for _ in range(100):
            limiter.answered()
            bounds.append(limiter.bound)
        return bounds

    bounds = run(scene())
    assert bounds[:3] == [4, 4, 4]
    assert bounds == sorted(bounds)
    assert bounds[-1] == 8


@pytest.mark.parametrize("waiter", [2, 3])
def test_a_waiter_that_gives_up_leaves_its_turn_to_the_next(waiter: int) -> None:
    async def scene() -> None:
        limiter, entered, leave = Limiter(2), list[int](), asyncio.Event()
        tasks = [asyncio.create_task(_hold(limiter, entered, n, leave)) for n in range(5)]
        await _settled()
        tasks[waiter].cancel()
        leave.set()
        await asyncio.wait(tasks)
        assert entered == [n for n in range(5) if n != waiter]
        assert limiter.running == 0

    run(scene())


def test_a_waiter_cancelled_in_the_moment_of_its_turn_gives_the_place_back() -> None:
    async def scene() -> None:
        limiter, entered, leave = Limiter(1), list[int](), asyncio.Event()
        async with limiter.place():
            late = asyncio.create_task(_hold(limiter, entered, 1, leave))
            await _settled()
        late.cancel()  # its turn has come, and it has not run since
        await asyncio.wait([late])
        assert entered == []
        assert limiter.running == 0

    run(scene())


def test_a_waiter_that_gives_up_as_a_place_falls_free_leaves_it_to_the_next() -> None:
    async def scene() -> None:
        limiter, entered, leave = Limiter(1), list[int](), asyncio.Event()
        async with limiter.place():
            first = asyncio.create_task(_hold(limiter, entered, 1, leave))
            second = asyncio.create_task(_hold(limiter, entered, 2, leave))
            await _settled()
            first.cancel()  # and the place is left before it learns of that
        leave.set()
        await asyncio.wait([first, second])
        assert first.cancelled()
        assert entered == [2]
        assert limiter.running == 0

    run(scene())


def test_a_client_yields_when_the_server_has_too_many_requests() -> None:
    client = client_of(ScriptedTransport(refusal(429), ok({})), concurrency=32)
    run(client.version())
    assert client._sender.limiter.bound == 16


def test_a_client_regains_its_places_by_answers() -> None:
    async def scene() -> int:
        client = client_of(ScriptedTransport(refusal(429), ok({})), concurrency=4)
        for _ in range(6):
            await client.version()
        return client._sender.limiter.bound

    assert run(scene()) == 4


def test_a_client_runs_no_more_requests_than_it_may() -> None:
    async def scene() -> None:
        held = Held(ok({}))
        transport = ScriptedTransport(held)
        client = client_of(transport, concurrency=3)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(9):
                tasks.create_task(client.version())
            await _settled()
            assert len(transport.requests) == 3
            held.released.set()
        assert len(transport.requests) == 9

    run(scene())
