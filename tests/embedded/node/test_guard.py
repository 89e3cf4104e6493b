"""The guard, tried as it is meant: by a program that dies without a word."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from .test_processes import gone

PROGRAM = """
import asyncio, os
from tenter.embedded.node.io_guard import Guard

async def main():
    guard = Guard()
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", "trap '' HUP TERM; sleep 1000 & echo $!; wait", start_new_session=True,
        stdout=asyncio.subprocess.PIPE)
    await guard.watch(child.pid)
    print(child.pid, (await child.stdout.readline()).decode(), guard._process.pid, flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


async def test_what_ran_is_killed_when_the_program_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    words: list[bytes] = []
    while len(words) < 3:
        words += (await parent.stdout.readline()).split()
    child, grandchild, guard = map(int, words)
    watching = os.pidfd_open(guard)
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(watching, over.set)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(20):
        await over.wait()
    asyncio.get_running_loop().remove_reader(watching)
    os.close(watching)
    assert gone(child)
    assert gone(grandchild)
