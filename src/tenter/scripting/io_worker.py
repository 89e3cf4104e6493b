"""A child process that runs health scripts, and is killed when one misbehaves.

One process serves all scripts, one question at a time: a real check takes microseconds, a start
tens of milliseconds. It is started at the first question. A run that takes more than its time, a
death, or a cancelled question (whose answer would be taken for the next one's) ends it, and the
next question starts another.
"""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType
from typing import Self

import msgspec

from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.complaints import died, not_started, out_of_time
from tenter.scripting.io_blocking import BlockingWorker
from tenter.scripting.io_child_process import START_LIMIT, TIME_LIMIT, command, environment
from tenter.scripting.script import Script
from tenter.scripting.wire import (
    LENGTH_BYTES,
    LONGEST_ANSWER,
    READY,
    Answer,
    question_frame,
    verdict,
)


class Worker:
    """An evaluator in a process of its own. Close it (``async with``) to end that process."""

    def __init__(self, *, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._blocking = BlockingWorker(time_limit=time_limit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate`` says."""
        frame = question_frame(script, obj, now)
        async with self._turn:
            answer = await self._ask(script, frame)
        return verdict(answer)

    def evaluate_now(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate_now`` says.

        By a worker of its own, since this one's belongs to the event loop.
        """
        return self._blocking.evaluate(script, obj, now)

    async def aclose(self) -> None:
        """End the processes, whatever they do."""
        self._blocking.close()
        await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        # Reads the rest of its output too, so that the pipes are closed when this returns.
        await process.communicate()

    async def _ask(self, script: Script, frame: bytes) -> Answer:
        answered = False
        try:
            process = await self._running()
            async with asyncio.timeout(self._time_limit):
                answer = await _exchange(process, frame)
            answered = True
        except TimeoutError as error:
            raise out_of_time(script, self._time_limit) from error
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise died(script) from error
        finally:
            if not answered:
                await self._end()
        return answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._end()
        self._process = await asyncio.create_subprocess_exec(
            *command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        await self._wait_until_ready(self._process)
        return self._process

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            async with asyncio.timeout(START_LIMIT):
                await process.stdout.readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise not_started(sys.executable) from error


async def _exchange(process: asyncio.subprocess.Process, frame: bytes) -> Answer:
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    process.stdin.write(frame)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
    if length > LONGEST_ANSWER:
        raise ConnectionError(f"an answer of {length} bytes")
    return msgspec.json.decode(await process.stdout.readexactly(length), type=Answer)
