"""The process in which Jsonnet is evaluated, as seen from here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

import msgspec

from tenter.errors import RenderError
from tenter.sources.rendering.jsonnet_wire import Found, Program, Said
from tenter.sources.rendering.settings import RenderSettings

Import: TypeAlias = Callable[[str, str], Awaitable[Found]]
"""Finds a file, given the importing file's folder and the path as it is written."""

_CHILD = ("-P", "-m", "tenter.sources.rendering.io_jsonnet_child")


class JsonnetProcess:
    """Evaluates Jsonnet; ends, with its process, when the context does."""

    def __init__(self, settings: RenderSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_CHILD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=self._settings.output_limit,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def evaluate(self, program: Program, name: str, find: Import) -> str:
        """Return the JSON that ``program`` evaluates to; ``name`` is its file's, for messages.

        Raises ``RenderError``.
        """
        try:
            async with asyncio.timeout(self._settings.time_limit):
                await self._tell(program)
                while True:
                    said = await self._hear(name)
                    if said.result is not None:
                        return said.result
                    if said.error:
                        raise RenderError(f"{name}: {said.error}")
                    await self._tell(await find(said.folder, said.path))
        except TimeoutError as error:
            raise RenderError(
                f"{name}: Jsonnet took longer than {self._settings.time_limit:g} s and was stopped"
            ) from error
        except ConnectionError as error:
            raise _died(name) from error

    async def _tell(self, message: msgspec.Struct) -> None:
        assert self._process is not None  # noqa: S101 - only used inside the context
        assert self._process.stdin is not None  # noqa: S101 - asked for at the start
        self._process.stdin.write(msgspec.json.encode(message) + b"\n")
        await self._process.stdin.drain()

    async def _hear(self, name: str) -> Said:
        assert self._process is not None  # noqa: S101 - only used inside the context
        assert self._process.stdout is not None  # noqa: S101 - asked for at the start
        try:
            line = await self._process.stdout.readline()
        except ValueError as error:
            raise RenderError(
                f"{name}: Jsonnet printed more than {self._settings.output_limit:,} bytes and was "
                "stopped"
            ) from error
        if not line:
            raise _died(name)
        return msgspec.json.decode(line, type=Said)


def _died(name: str) -> RenderError:
    return RenderError(
        f"{name}: the process that evaluates Jsonnet ended; the program needs too much memory or "
        "nests too deep"
    )
