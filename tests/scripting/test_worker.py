import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus
from tenter.scripting import Script, Worker
from tenter.scripting.io_child_process import PATIENCE, START_LIMIT, TIME_LIMIT

HEALTHY = Script("good.lua", 'return {status = "Healthy", message = obj.name}')
CATASTROPHE = Script(
    "pattern.lua", 'return ("a"):rep(30000):find((".-"):rep(20) .. "b")', open_libraries=True
)
OBJ = {"name": "n"}


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    async with Worker() as running:
        yield running


async def good(worker: Worker) -> Health | None:
    return await worker.evaluate(HEALTHY, OBJ, 0)


async def test_a_worker_returns_a_verdict(worker: Worker) -> None:
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_a_worker_returns_none_where_the_script_says_nothing(worker: Worker) -> None:
    assert await worker.evaluate(Script("x.lua", "return nil"), OBJ, 0) is None


async def test_a_worker_tells_a_scripts_error(worker: Worker) -> None:
    with pytest.raises(HealthCheckError, match=r"x\.lua:2: "):
        await worker.evaluate(Script("x.lua", "\nreturn obj.a.b"), OBJ, 0)


async def test_one_process_serves_many_questions(worker: Worker) -> None:
    await good(worker)
    first = worker._conversation._process
    answers = await asyncio.gather(*(good(worker) for _ in range(20)))
    assert answers == [Health(HealthStatus.HEALTHY, "n")] * 20
    assert worker._conversation._process is first


async def test_a_script_that_hangs_in_a_pattern_is_killed_after_its_second(worker: Worker) -> None:
    await good(worker)
    begin = time.monotonic()
    with pytest.raises(HealthCheckError, match=r"pattern\.lua took more than 0.8 s"):
        await worker.evaluate(CATASTROPHE, OBJ, 0)
    assert 0.7 < time.monotonic() - begin < PATIENCE + TIME_LIMIT + START_LIMIT
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_the_event_loop_runs_on_while_a_script_hangs(worker: Worker) -> None:
    await good(worker)
    turns = 0
    task = asyncio.create_task(worker.evaluate(CATASTROPHE, OBJ, 0))
    while not task.done():
        turns += 1
        await asyncio.wait([task], timeout=0.01)
    with pytest.raises(HealthCheckError):
        await task
    assert turns > 10


async def test_a_script_that_takes_too_much_memory_is_ended(worker: Worker) -> None:
    greedy = Script("greedy.lua", "local s = 'x' while true do s = s .. s end")
    with pytest.raises(HealthCheckError, match=r"greedy\.lua .*memory"):
        await worker.evaluate(greedy, OBJ, 0)
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_an_object_too_large_for_the_worker_is_told(worker: Worker) -> None:
    huge = {"items": [{"name": f"n{i}", "value": i} for i in range(400_000)]}
    with pytest.raises(HealthCheckError, match=r"good\.lua"):
        await worker.evaluate(HEALTHY, huge, 0)
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_an_object_that_is_no_json_is_told(worker: Worker) -> None:
    with pytest.raises(HealthCheckError, match="cannot be given its object"):
        await worker.evaluate(HEALTHY, {"name": object()}, 0)


async def test_a_worker_that_died_is_replaced(worker: Worker) -> None:
    await good(worker)
    assert worker._conversation._process is not None
    worker._conversation._process.kill()
    await worker._conversation._process.wait()
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_a_cancelled_question_does_not_answer_the_next(worker: Worker) -> None:
    await good(worker)
    task = asyncio.create_task(worker.evaluate(CATASTROPHE, OBJ, 0))
    await asyncio.wait([task], timeout=0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await good(worker) == Health(HealthStatus.HEALTHY, "n")


async def test_a_closed_worker_leaves_no_process() -> None:
    worker = Worker()
    await good(worker)
    process = worker._conversation._process
    assert process is not None
    await worker.aclose()
    assert process.returncode is not None


async def test_a_worker_never_asked_starts_nothing() -> None:
    async with Worker() as worker:
        assert worker._conversation._process is None


async def test_a_worker_sees_nothing_of_the_environment(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    await good(worker)
    assert worker._conversation._process is not None
    environ = f"/proc/{worker._conversation._process.pid}/environ"
    try:
        with open(environ, "rb") as file:  # noqa: ASYNC230, PTH123 - a file of /proc
            assert b"s3cret" not in file.read()
    except FileNotFoundError:
        pytest.skip("this system has no /proc")
