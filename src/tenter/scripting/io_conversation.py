"""A child process that is asked one question at a time, and killed when one misbehaves.

One process serves all questions: a real one takes microseconds, a start tens of milliseconds. It is
started at the first. A question that takes more than its time, a death, or a cancelled question
(whose answer would be taken for the next one's) ends it, and the next question starts another.
What is asked and answered is the business of whoever asks.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

import msgspec

from tenter.scripting.io_child_process import (
    PATIENCE,
    START_LIMIT,
    TIME_LIMIT,
    command,
    environment,
    ran_out_of_time,
)
from tenter.scripting.wire import LENGTH_BYTES, READY

_A = TypeVar("_A")

_FAREWELL = 5.0
"""Seconds within which a process that has closed its pipes must have ended."""


class Conversation(Generic[_A]):
    """Talks to the module ``child``, run in a process of its own. Close it to end that process.

    ``answer`` is the type of what it answers. ``longest_answer`` is in bytes, ``time_limit`` in
    seconds of processor time.
    """

    def __init__(
        self,
        child: str,
        answer: type[_A],
        *,
        longest_answer: int,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._child = child
        self._decoder = msgspec.json.Decoder(answer)
        self._longest_answer = longest_answer
        self._time_limit = time_limit
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, frame: bytes) -> _A:
        """Return the answer to ``frame``.

        Raises ``TimeoutError`` where it took too long, ``ConnectionError`` where the process ended
        instead or answered what cannot be read, ``ChildProcessError`` where none could be started.
        """
        async with self._turn:
            answered, process = False, None
            try:
                process = await self._running()
                async with asyncio.timeout(self._time_limit + PATIENCE):
                    answer = self._decoder.decode(await self._exchange(process, frame))
                answered = True
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if process is not None and ran_out_of_time(await _exit_code(process)):
                    raise TimeoutError from error
                raise ConnectionError("the process ended") from error
            except msgspec.DecodeError as error:
                raise ConnectionError("the process answered what cannot be read") from error
            finally:
                if not answered:
                    await self.aclose()
            return answer

    async def aclose(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        # Reads the rest of its output too, so that the pipes are closed when this returns.
        await process.communicate()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.aclose()
        self._process = await asyncio.create_subprocess_exec(
            *command(self._child, self._time_limit),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        try:
            async with asyncio.timeout(START_LIMIT):
                await self._process.stdout.readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise ChildProcessError(f"{self._child} did not start") from error
        return self._process

    async def _exchange(self, process: asyncio.subprocess.Process, frame: bytes) -> bytes:
        assert process.stdin is not None  # noqa: S101 - asked for at the start
        assert process.stdout is not None  # noqa: S101 - asked for at the start
        process.stdin.write(frame)
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
        if length > self._longest_answer:
            raise ConnectionError(f"an answer of {length} bytes")
        return await process.stdout.readexactly(length)


async def _exit_code(process: asyncio.subprocess.Process) -> int | None:
    """Return how a process ended whose pipes are closed, None where it goes on nevertheless.

    It must not be killed before: that asks for its exit code as well, and asyncio would not get it.
    """
    try:
        async with asyncio.timeout(_FAREWELL):
            return await process.wait()
    except TimeoutError:
        return None
