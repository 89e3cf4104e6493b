"""Plays a script against one cluster, and writes down the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import msgspec

from conformance.scripts import Answer, Script, Step, is_awaited, request_of
from tenter.errors import TenterError
from tenter.kube import Request, Response, Transport

_PATIENCE = 60.0
"""Seconds that one request may take, or what a controller is to do; watches in scripts end after a
second of their own."""
_BUSY = 429
_PAUSE = 0.05
"""Seconds between two questions whether a controller has done its work: watching is a request, and
so one of the things that are compared."""

Compaction: TypeAlias = Callable[[], Awaitable[None]]
"""Has a cluster forget all versions but those that objects have now."""


async def play(
    script: Script,
    transport: Transport,
    namespace: str,
    compact: Compaction | None = None,
) -> list[Answer]:
    """Return the answer to each step of ``script``, played in ``namespace``."""
    answers: list[Answer] = []
    for step in script.steps:
        if step.method == "COMPACT":
            if compact is not None:
                await compact()
            answers.append(Answer(status=0, body=None))
        else:
            answers.append(await _ask(step, transport, namespace, answers))
    return answers


async def _ask(
    step: Step, transport: Transport, namespace: str, answers: Sequence[Answer]
) -> Answer:
    request = request_of(step, namespace, answers)
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    while True:
        answer = await _send(request, transport)
        done = answer.status != _BUSY and is_awaited(step, answer)
        if done or loop.time() > end:
            return answer
        await asyncio.sleep(_PAUSE)


async def _send(request: Request, transport: Transport) -> Answer:
    try:
        return _answer(request, await transport.send(request, timeout=_PATIENCE))
    except TenterError:
        raise
    except Exception as error:  # noqa: BLE001 - a server that breaks is a finding, not our end
        return Answer(status=0, body=f"{type(error).__name__}: {error}")


def _answer(request: Request, response: Response) -> Answer:
    if not response.headers.get("content-type", "").startswith("application/json"):
        return Answer(status=response.status, body=response.body.decode(errors="replace"))
    if response.status == 200 and ("watch", "true") in request.query:
        events = [msgspec.json.decode(line) for line in response.body.splitlines()]
        return Answer(status=response.status, body=events)
    return Answer(status=response.status, body=msgspec.json.decode(response.body))
