"""Requests that go wrong on their way: done once, or refused in words, and nothing hangs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tenter.errors import ClusterUnreachable, TenterError, TooManyRequests
from tenter.kube import Response
from tests.faults.faulty import status_answer, writes
from tests.faults.network.proxy import Trouble, any_request
from tests.faults.network.scene import SHOP, Scene, manifest, scene


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as found:
        yield found


def _random_trouble(chance: random.Random) -> Trouble:
    code, reason = chance.choice(
        ((429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable"))
    )
    headers = {"Retry-After": "3"} if chance.random() < 0.5 else {}
    return chance.choice(
        (
            Trouble(writes, lost=True),
            Trouble(writes, torn=True),
            Trouble(writes, delay=40.0),  # longer than the client waits
            Trouble(writes, delay=10.0),
            Trouble(writes, answer=status_answer(code, reason, "a fault of the test", headers)),
        )
    )


@pytest.mark.parametrize("seed", range(6))
async def test_applies_are_carried_out_whatever_goes_wrong_at_first(
    opened: Scene, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        opened.proxy.trouble(_random_trouble(chance))
    names = [f"item-{number}" for number in range(40)]

    async with asyncio.TaskGroup() as tasks:
        for name in names:
            wanted = manifest(name, colour="blue")
            tasks.create_task(opened.client.apply(opened.config_maps, wanted))

    live = await opened.admin.list(opened.config_maps, SHOP)
    found = {item["metadata"]["name"]: item["data"] for item in live.items}
    assert [found.get(name) for name in names] == [{"colour": "blue"}] * len(names)


async def test_a_generated_name_is_never_created_twice(opened: Scene) -> None:
    opened.proxy.trouble(Trouble(writes, lost=True))
    wanted = manifest("")
    wanted["metadata"] = {"generateName": "run-", "namespace": SHOP}

    with pytest.raises(ClusterUnreachable):
        await opened.client.create(opened.config_maps, wanted)

    live = await opened.admin.list(opened.config_maps, SHOP)
    assert len([each for each in live.items if each["metadata"]["name"].startswith("run-")]) == 1


async def test_the_server_is_left_alone_for_as_long_as_it_asks(opened: Scene) -> None:
    answer = status_answer(429, "TooManyRequests", "slow down", {"Retry-After": "11"})
    opened.proxy.trouble(Trouble(any_request, answer=answer, times=2))
    loop = asyncio.get_running_loop()
    began = loop.time()

    await opened.client.version()

    assert 22 <= loop.time() - began < 25


async def test_a_server_that_never_has_room_is_told_of(opened: Scene) -> None:
    answer = status_answer(429, "TooManyRequests", "slow down")
    opened.proxy.trouble(Trouble(any_request, answer=answer, times=None))

    with pytest.raises(TooManyRequests, match="slow down"):
        await opened.client.version()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(any_request, torn=True, times=None),
        Trouble(any_request, lost=True, times=None),
        Trouble(any_request, delay=60.0, times=None),
        Trouble(any_request, answer=Response(status=200, body=b"<html>"), times=None),
        Trouble(any_request, answer=Response(status=200, body=b'{"kind":\xff}'), times=None),
        Trouble(any_request, answer=Response(status=200, body=b"[]"), times=None),
    ],
    ids=["torn", "lost", "late", "html", "bytes", "a list"],
)
async def test_a_server_that_is_broken_for_good_is_told_of(opened: Scene, trouble: Trouble) -> None:
    opened.proxy.trouble(trouble)

    with pytest.raises(TenterError):
        await opened.client.get(opened.config_maps, SHOP, "web")


async def test_a_request_that_is_given_up_frees_its_place(opened: Scene) -> None:
    opened.proxy.trouble(Trouble(any_request, delay=25.0, times=None))
    waiting = [asyncio.ensure_future(opened.client.version()) for _ in range(64)]
    await asyncio.sleep(1)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    opened.proxy.heal()

    async with asyncio.timeout(5):
        await opened.client.version()
