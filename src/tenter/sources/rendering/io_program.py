"""Run a renderer's program: in a private folder, within limits, and without network unless needed.

A program is untrusted in what it does with a source's templates: they may loop, print for ever or
reach out. So its time, output and memory are limited, its process group ends with it, and it runs
in a network namespace of its own where the machine allows one (Linux, ``unshare``).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tenter.errors import RenderError
from tenter.sources.rendering.settings import RenderSettings

MAX_COMPLAINT = 64 * 1024
"""Bytes of a program's standard error that are kept."""
MEMORY = 4 * 1024 * 1024 * 1024
"""Bytes of memory of its own that a program may take."""

_CHUNK = 1 << 16
_NAMESPACES = (
    ("unshare", "--user", "--map-current-user", "--net", "--"),
    ("unshare", "--net", "--"),
)
_PROBE_LIMIT = 5.0


class ProgramFailed(RenderError):  # noqa: N818 - errors are named after situations
    """A program ended with an error; ``complaint`` is what it said."""

    def __init__(self, what: str, complaint: str, code: int) -> None:
        self.complaint = complaint
        super().__init__(f"{what}: {complaint}" if complaint else f"{what}: exit code {code}")


class Printed:
    """What a program printed, to its standard output and error."""

    def __init__(self, output: bytes, complaints: str) -> None:
        self.output = output
        self.complaints = complaints


def find_program(*names: str) -> str | None:
    """Return the absolute path of the first of ``names`` that is on the path."""
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return str(Path(found).resolve())
    return None


async def run_program(
    arguments: Sequence[str],
    *,
    what: str,
    directory: Path,
    environment: Mapping[str, str],
    settings: RenderSettings,
    network: bool = False,
    given: bytes = b"",
) -> Printed:
    """Run a program and return what it printed.

    ``what`` says in messages what was tried. ``network`` lets it reach the network. ``given`` is
    its standard input. Raises ``ProgramFailed`` with its own words, and ``RenderError`` where it
    takes longer or prints more than ``settings`` allow.
    """
    name = Path(arguments[0]).name
    fence = () if network else await asyncio.to_thread(_network_fence)
    try:
        process = await asyncio.create_subprocess_exec(
            *fence,
            *arguments,
            cwd=directory,
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise RenderError(f"{what}: cannot run {arguments[0]}: {error.strerror}") from error
    output, complaints = bytearray(), bytearray()
    try:
        _limit_memory(process.pid)
        async with asyncio.timeout(settings.time_limit):
            async with asyncio.TaskGroup() as group:
                group.create_task(_give(process, given))
                group.create_task(_read(process, output, settings.output_limit))
                group.create_task(_read_start(process.stderr, complaints))
            code = await process.wait()
    except TimeoutError as error:
        raise RenderError(
            f"{what}: {name} took longer than {settings.time_limit:g} s and was stopped"
        ) from error
    finally:
        await _end(process)
    if len(output) > settings.output_limit:
        raise RenderError(
            f"{what}: {name} printed more than {settings.output_limit:,} bytes and was stopped"
        )
    said = complaints.decode(errors="replace")
    if code:
        raise ProgramFailed(what, said.strip(), code)
    return Printed(bytes(output), said)


async def _give(process: asyncio.subprocess.Process, given: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    # A program that does not read its input may be gone by now; its exit code tells.
    with contextlib.suppress(ConnectionError):
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()


async def _read(process: asyncio.subprocess.Process, output: bytearray, limit: int) -> None:
    """Read to the end into ``output``, or stop the program when there is more than ``limit``."""
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    while len(output) <= limit and (chunk := await process.stdout.read(_CHUNK)):
        output += chunk
    if len(output) > limit:
        _kill(process)


async def _read_start(stream: asyncio.StreamReader | None, kept: bytearray) -> None:
    """Read to the end, so that the program is never held up, and keep the start."""
    assert stream is not None  # noqa: S101 - asked for at the start
    while chunk := await stream.read(_CHUNK):
        kept += chunk[: max(0, MAX_COMPLAINT - len(kept))]


async def _end(process: asyncio.subprocess.Process) -> None:
    _kill(process)
    if process.returncode is None:
        await process.communicate()


def _kill(process: asyncio.subprocess.Process) -> None:
    """End its whole group, also when it ended by itself: what it started must not outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _limit_memory(pid: int) -> None:
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is not None:
        with contextlib.suppress(OSError):  # it may have ended by itself
            prlimit(pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))


@functools.cache
def _network_fence() -> tuple[str, ...]:
    """Return the command that runs another without network; empty where the machine has none."""
    for command in _NAMESPACES:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            tried = subprocess.run(
                [*command, "true"],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PROBE_LIMIT,
            )
            if tried.returncode == 0:
                return (find_program(command[0]) or command[0], *command[1:])
    return ()
