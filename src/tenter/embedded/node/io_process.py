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

_DRAIN_SECONDS = 1.0


class _Events(asyncio.SubprocessProtocol):
    """What happens to a process, as the loop tells it.

    The loop's own ``Process.wait`` would, before Python 3.12.4, also wait for grandchildren that
    keep the output open.
    """

    def __init__(self, output: Callable[[bytes], None]) -> None:
        self._output = output
        self.exited = asyncio.Event()
        self.drained = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:  # noqa: ARG002 - one pipe
        if isinstance(data, bytes):
            self._output(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()


class LocalProcess:
    """A process that leads its own group; both of its outputs go to ``output`` as they come."""

    def __init__(
        self, transport: asyncio.SubprocessTransport, events: _Events, guard: Guard
    ) -> None:
        self._transport = transport
        self._events = events
        self._guard = guard
        self._pid = transport.get_pid()
        self._cleared = False

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
            transport, events = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Events(output),
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
        started = cls(transport, events, guard)
        try:
            await guard.watch(started._pid)
        except BaseException:
            await started.kill()
            raise
        return started

    async def wait(self) -> int:
        """Return the exit code once the program has ended and its output is read.

        Killed by a signal it is negative. What the program left running is killed with it.
        """
        await self._events.exited.wait()
        await self._clear()
        return self._transport.get_returncode() or 0

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
        await self._events.exited.wait()
        await self._clear()

    async def _clear(self) -> None:
        if self._cleared:
            return
        self._cleared = True
        self._signal(signal.SIGKILL)
        self._guard.forget(self._pid)
        # A grandchild that left the group may keep the pipe open; it is not waited for.
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._events.drained.wait()
        self._transport.close()

    def _signal(self, number: signal.Signals) -> None:
        # Until it is reaped the number is ours alone; after that another may get it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)
