"""Whatever happens between an informer and its cluster, it ends up with what the cluster has."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tenter.kube import Response
from tests.faults.faulty import status_answer
from tests.faults.network.proxy import Trouble, any_request, error_event, is_list, is_watch
from tests.faults.network.scene import Scene, follow, scene


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as found:
        yield found


def _twice(chunk: bytes) -> list[bytes]:
    return [chunk, chunk]


def _each_line_twice(chunk: bytes) -> list[bytes]:
    return [b"".join(line + line for line in chunk.splitlines(keepends=True))]


def _byte_by_byte(chunk: bytes) -> list[bytes]:
    return [chunk[at : at + 1] for at in range(len(chunk))]


def _garbled(chunk: bytes) -> list[bytes]:
    half = len(chunk) // 2
    return [chunk[:half] + b"\xff\x00{" + chunk[half + 3 :]]


def _cut_short(chunk: bytes) -> list[bytes]:
    return [chunk[: len(chunk) // 2] + b"\n"]


def _strange(_chunk: bytes) -> list[bytes]:
    return [b'{"type":"ADDED","object":{"metadata":null}}\n', b'{"type":"ADDED","object":{}}\n']


def _nameless(_chunk: bytes) -> list[bytes]:
    return [b'{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"1"}}}\n']


def _unknown(chunk: bytes) -> list[bytes]:
    return [b'{"type":"SHRUGGED","object":{"metadata":{}}}\n', chunk]


def _then_a_late_bookmark(chunk: bytes) -> list[bytes]:
    bookmark = b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"%b"}}}\n'
    return [chunk, bookmark % b"2", bookmark % b"2"]


def _failing(code: int, reason: str) -> Callable[[bytes], list[bytes]]:
    return lambda chunk: [chunk, error_event(code, reason)]


def _answers(code: int, reason: str, **headers: str) -> Trouble:
    answer = status_answer(code, reason, "a fault of the test", headers)
    return Trouble(any_request, answer=answer, times=3)


WATCHES = {
    "reset": Trouble(is_watch, reset=True),
    "reset after an event": Trouble(is_watch, reset=True, after=1, times=3),
    "closed in the middle of a chunk": Trouble(is_watch, torn=True),
    "closed in the middle of a later chunk": Trouble(is_watch, torn=True, after=2, times=3),
    "ended at once": Trouble(is_watch, ended=True, times=6),
    "ended after an event": Trouble(is_watch, ended=True, after=1, times=6),
    "silent": Trouble(is_watch, silent=True),
    "silent after an event": Trouble(is_watch, silent=True, after=1),
    "delayed": Trouble(is_watch, delay=20.0),
    "every chunk twice": Trouble(is_watch, spoil=_twice),
    "every event twice": Trouble(is_watch, spoil=_each_line_twice),
    "byte by byte": Trouble(is_watch, spoil=_byte_by_byte),
    "garbled": Trouble(is_watch, spoil=_garbled, times=3),
    "cut short": Trouble(is_watch, spoil=_cut_short, times=3),
    "no object": Trouble(is_watch, spoil=_strange, times=3),
    "a nameless object": Trouble(is_watch, spoil=_nameless, times=3),
    "an unknown kind of event": Trouble(is_watch, spoil=_unknown, times=3),
    "an error within": Trouble(is_watch, spoil=_failing(500, "InternalError"), times=3),
    "too old within": Trouble(is_watch, spoil=_failing(410, "Expired"), times=3),
}
ANSWERS = {
    "409": _answers(409, "Conflict"),
    "410": _answers(410, "Expired"),
    "429": _answers(429, "TooManyRequests"),
    "429 with Retry-After": _answers(429, "TooManyRequests", **{"Retry-After": "7"}),
    "500": _answers(500, "InternalError"),
    "503": _answers(503, "ServiceUnavailable"),
    "503 with Retry-After": _answers(503, "ServiceUnavailable", **{"Retry-After": "7"}),
    "an answer of no API server": Trouble(
        any_request, answer=Response(status=200, body=b"<html>log in</html>"), times=3
    ),
}
LISTS = {
    "lost": Trouble(is_list, lost=True),
    "closed in the middle": Trouble(is_list, torn=True),
    "garbled": Trouble(is_list, spoil=_garbled),
    "late": Trouble(is_list, delay=20.0),
    "too late": Trouble(is_list, delay=45.0),
}


def _anew(trouble: Trouble) -> Trouble:
    return dataclasses.replace(trouble, met=0)


@pytest.mark.parametrize("name", WATCHES)
async def test_nothing_is_missed_when_a_watch_goes_wrong(opened: Scene, name: str) -> None:
    await follow(opened)
    await opened.change_at_random(random.Random(name))
    await opened.equals()
    trouble = opened.proxy.trouble(_anew(WATCHES[name]))

    opened.proxy.hang_up()
    await opened.change_at_random(random.Random(name + " too"))

    await opened.equals()
    assert trouble.met


@pytest.mark.parametrize("forgotten", [False, True])
async def test_late_and_repeated_bookmarks_make_nothing_be_missed(
    opened: Scene, forgotten: bool
) -> None:
    await follow(opened)
    opened.proxy.trouble(Trouble(is_watch, spoil=_then_a_late_bookmark, times=None))
    opened.proxy.hang_up()
    await opened.change_at_random(random.Random(1))
    await opened.equals()

    # What comes next goes on from the bookmark's version: all since then is told once more.
    opened.proxy.hang_up()
    if forgotten:
        opened.forget_history()
    await opened.change_at_random(random.Random(2))

    await opened.equals()


@pytest.mark.parametrize("name", ANSWERS)
async def test_nothing_is_missed_when_a_watch_is_refused(opened: Scene, name: str) -> None:
    await follow(opened)
    trouble = opened.proxy.trouble(_anew(ANSWERS[name]))

    opened.proxy.hang_up()
    await opened.change_at_random(random.Random(name))

    await opened.equals()
    assert trouble.met


@pytest.mark.parametrize("name", LISTS)
async def test_nothing_is_missed_when_a_list_goes_wrong(opened: Scene, name: str) -> None:
    await follow(opened)
    trouble = opened.proxy.trouble(_anew(LISTS[name]))

    opened.proxy.hang_up()
    await opened.change_at_random(random.Random(name))
    opened.forget_history()

    await opened.equals()
    assert trouble.met


@pytest.mark.parametrize("name", ["429", "429 with Retry-After", "500", "503"])
async def test_a_first_list_is_tried_again(opened: Scene, name: str) -> None:
    trouble = opened.proxy.trouble(_anew(ANSWERS[name]))

    await follow(opened)

    await opened.equals()
    assert trouble.met


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_missed_whatever_goes_wrong_in_whatever_order(
    opened: Scene, seed: int
) -> None:
    chance = random.Random(seed)
    troubles = [*WATCHES.values(), *ANSWERS.values(), *LISTS.values()]
    await follow(opened)
    for _ in range(8):
        for trouble in chance.sample(troubles, chance.randint(1, 4)):
            opened.proxy.trouble(_anew(trouble))
        if chance.random() < 0.7:
            opened.proxy.hang_up()
        await opened.change_at_random(chance)
        if chance.random() < 0.3:
            opened.forget_history()
        await opened.change_at_random(chance)
        await opened.equals()
        await opened.recovers()
