"""One local process with its group: started, read, stopped, and never left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from tenter.embedded.node.behaviour import CannotStart
from tenter.embedded.node.io_guard import Guard

_CHUNK = 1 << 16
_DRAIN_SECONDS = 1.0


class LocalProcess:
    """A process that leads its own group; both of its outputs go to ``output`` as they come."""

    def __init__(
        self, process: asyncio.subprocess.Process, guard: Guard, output: Callable[[bytes], None]
    ) -> None:
        self._process = process
        self._guard = guard
        self._output = output
        self._cleared = False
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        guard: Guard,
        output: Callable[[bytes], None],
    ) -> LocalProcess:
        """Start ``command`` with exactly ``environment`` in ``directory``.

        Raises CannotStart (StartError) where there is no such program or directory.
        """
        program = shutil.which(command[0], path=environment.get("PATH", ""))
        if program is None:
            raise CannotStart(
                "StartError",
                f'exec: "{command[0]}": executable file not found on this machine; containers run '
                "as local processes here, with the machine's own programs",
                final=True,
            )
        if not os.path.isdir(directory):  # noqa: ASYNC240, PTH112 - one stat call
            raise CannotStart(
                "StartError", f"the working directory {directory} does not exist", final=True
            )
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                executable=program,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise CannotStart("StartError", f'exec: "{command[0]}": {error}', final=True) from error
        started = cls(process, guard, output)
        try:
            await guard.watch(process.pid)
        except BaseException:
            await started.kill()
            raise
        return started

    async def wait(self) -> int:
        """Return the exit code once the program has ended and its output is read.

        Killed by a signal it is negative. What the program left running is killed with it.
        """
        code = await self._process.wait()
        await self._clear()
        return code

    def ask_to_end(self) -> None:
        """Send SIGTERM to the group."""
        self._signal(signal.SIGTERM)

    def kill_now(self) -> None:
        """Send SIGKILL to the group."""
        self._signal(signal.SIGKILL)

    async def kill(self) -> None:
        """Kill the group and wait for its end."""
        if self._cleared:
            return
        self._signal(signal.SIGKILL)
        await self._process.wait()
        await self._clear()

    async def _clear(self) -> None:
        if self._cleared:
            return
        self._cleared = True
        self._signal(signal.SIGKILL)
        self._guard.forget(self._process.pid)
        # A grandchild that left the group may keep the pipe open; it is not waited for.
        with suppress(asyncio.CancelledError):
            await asyncio.wait({self._reading}, timeout=_DRAIN_SECONDS)
        self._reading.cancel()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()

    def _signal(self, number: signal.Signals) -> None:
        # Until it is reaped the number is ours alone; after that another may get it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        while data := await stream.read(_CHUNK):
            self._output(data)
