"""Ends what still runs when this program dies without a word (SIGKILL, a crash).

A small child process reads from a pipe which process groups there are. When the pipe ends, because
its writer is gone, however it went, the guard kills those groups and ends. It imports nothing but
what it needs to start quickly.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress


class Guard:
    """The near end of the pipe; the guard is started with the first group to watch over."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    async def watch(self, group: int) -> None:
        """Have process group ``group`` killed when this program dies."""
        async with self._starting:
            if self._process is None:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-I",
                    "-S",
                    __file__,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    # A Ctrl-C on the terminal is not for the guard.
                    start_new_session=True,
                )
        self._say(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Note that the group is gone; its number may come again as another's."""
        self._say(f"-{group}\n")

    def _say(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, RuntimeError):
                self._process.stdin.write(line.encode())

    async def aclose(self) -> None:
        """End the guard, which kills what it still watches over."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
            self._process = None


def main() -> None:
    """Be the guard: read groups until the pipe ends, then kill those left."""
    groups: dict[int, None] = {}
    for line in sys.stdin:
        number = int(line[1:])
        if line.startswith("+"):
            groups[number] = None
        else:
            groups.pop(number, None)
    for number in groups:
        with suppress(OSError):
            os.killpg(number, signal.SIGKILL)


if __name__ == "__main__":
    main()
