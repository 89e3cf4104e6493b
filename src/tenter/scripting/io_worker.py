"""A child process that runs health scripts, and is killed when one misbehaves.

One process serves all scripts, one question at a time: a real check takes microseconds, a start
tens of milliseconds. It is started at the first question. A run that takes more than its second,
a death, or a cancelled question (whose answer would be taken for the next one's) ends it, and the
next question starts another.
"""

from __future__ import annotations

import asyncio
import os
import sys
from types import TracebackType
from typing import Self

import msgspec

from tenter.errors import HealthCheckError
from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.script import Script
from tenter.scripting.wire import LENGTH_BYTES, LONGEST_ANSWER, READY, Answer, Question, framed

TIME_LIMIT = 1.0
"""Seconds that one run may take."""

_START_LIMIT = 30.0
"""Seconds within which a worker must be ready, also on a machine that is busy."""

_CHILD = ("-P", "-m", "tenter.scripting.io_child")


class Worker:
    """An evaluator in a process of its own. Close it (``async with``) to end that process."""

    def __init__(self, *, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

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
        try:
            frame = framed(Question(script, obj, now))
        except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
            raise HealthCheckError(
                f"health check {script.name} cannot be given its object: {error}"
            ) from error
        async with self._turn:
            answer = await self._ask(script, frame)
        if answer.error:
            raise HealthCheckError(answer.error)
        return answer.health

    async def aclose(self) -> None:
        """End the process, whatever it does."""
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
            raise HealthCheckError(
                f"health check {script.name} took more than {self._time_limit:g} s and was stopped"
            ) from error
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise HealthCheckError(
                f"health check {script.name} ended its worker process; "
                f"it needs too much memory or stack"
            ) from error
        finally:
            if not answered:
                await self.aclose()
        return answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.aclose()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_CHILD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Nothing of the environment's, which may hold secrets; only where the modules are.
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TZ": "UTC"},
            # A terminal's Ctrl-C is not the worker's to handle.
            start_new_session=True,
        )
        await self._wait_until_ready(self._process)
        return self._process

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            async with asyncio.timeout(_START_LIMIT):
                await process.stdout.readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise HealthCheckError(
                f"the worker process for health checks did not start ({sys.executable})"
            ) from error


async def _exchange(process: asyncio.subprocess.Process, frame: bytes) -> Answer:
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    process.stdin.write(frame)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
    if length > LONGEST_ANSWER:
        raise ConnectionError(f"an answer of {length} bytes")
    return msgspec.json.decode(await process.stdout.readexactly(length), type=Answer)
