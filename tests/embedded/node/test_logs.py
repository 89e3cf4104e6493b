from __future__ import annotations

import asyncio

import pytest

from tenter.embedded.node.logs import ContainerLog, PodLogs

NOW = 1_800_000_000.0


async def text(log: ContainerLog, *, tail_lines: int | None = None, follow: bool = False) -> bytes:
    return b"".join([piece async for piece in log.read(tail_lines=tail_lines, follow=follow)])


async def test_lines_are_kept_as_they_were_printed() -> None:
    log = ContainerLog()
    log.write(b"one\ntw", NOW)
    log.write(b"o\nthree", NOW)
    assert await text(log) == b"one\ntwo\n"
    log.close(NOW)
    assert await text(log) == b"one\ntwo\nthree"


async def test_the_tail_is_the_last_lines() -> None:
    log = ContainerLog()
    log.write(b"1\n2\n3\n", NOW)
    assert await text(log, tail_lines=2) == b"2\n3\n"
    assert await text(log, tail_lines=0) == b""
    assert await text(log, tail_lines=9) == b"1\n2\n3\n"


async def test_only_the_latest_output_is_kept() -> None:
    log = ContainerLog(limit=10)
    for number in range(100):
        log.write(f"{number}\n".encode(), NOW)
    assert await text(log) == b"97\n98\n99\n"


async def test_a_line_without_an_end_cannot_fill_memory() -> None:
    log = ContainerLog(limit=1 << 16)
    for _ in range(100):
        log.write(b"x" * (1 << 14), NOW)
    assert len(await text(log)) <= 1 << 16


async def test_a_follower_sees_each_line_and_then_the_end() -> None:
    log = ContainerLog()
    log.write(b"before\n", NOW)
    following = asyncio.ensure_future(text(log, follow=True))
    await asyncio.sleep(0)
    log.write(b"after\n", NOW)
    await asyncio.sleep(0)
    assert not following.done()
    log.close(NOW)
    assert await following == b"before\nafter\n"


async def test_times_can_be_asked_for() -> None:
    log = ContainerLog()
    log.write(b"old\n", NOW - 100)
    log.write(b"new\n", NOW)
    pieces = [piece async for piece in log.read(timestamps=True, since=NOW - 1)]
    assert pieces == [b"2027-01-15T08:00:00Z new\n"]


async def test_the_run_before_stays_readable() -> None:
    logs = PodLogs()
    runs = [ContainerLog() for _ in range(3)]
    for log in runs:
        logs.keep("shop", "web", "u1", "main", log)
    assert logs.find("shop", "web", "main") is runs[2]
    assert logs.find("shop", "web", "main", previous=True) is runs[1]


async def test_logs_of_a_pod_that_is_gone_or_never_ran_are_not_found() -> None:
    logs = PodLogs()
    logs.keep("shop", "web", "u1", "main", ContainerLog())
    with pytest.raises(LookupError):
        logs.find("shop", "web", "main", previous=True)
    logs.forget("shop", "web", "another")
    logs.find("shop", "web", "main")
    logs.forget("shop", "web", "u1")
    with pytest.raises(LookupError):
        logs.find("shop", "web", "main")


async def test_a_new_pod_of_the_same_name_starts_with_no_logs() -> None:
    logs = PodLogs()
    logs.keep("shop", "web", "u1", "main", ContainerLog())
    logs.keep("shop", "web", "u2", "main", ContainerLog())
    with pytest.raises(LookupError):
        logs.find("shop", "web", "main", previous=True)
