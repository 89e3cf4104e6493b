from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from .test_processes import gone

PROGRAM = """
import asyncio, random, time
from tenter.embedded.cluster import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client

async def main():
    environment = Environment(time.time, random.Random(1))
    async with EmbeddedCluster(environment, run_processes=True) as cluster:
        client = Client(cluster.transport(), environment)
        await client.create(await client.resource("", "Pod"), {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [{"name": "main", "image": "x", "command": [
                "sh", "-c", "trap '' INT TERM; echo $$$$ >" + FILE + "; exec sleep 1000"]}]},
        })
        await asyncio.sleep(1000)

asyncio.run(main())
"""


async def test_nothing_is_left_running_when_the_program_is_interrupted(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"FILE = {str(pipe)!r}\n{PROGRAM}",
        stderr=asyncio.subprocess.DEVNULL,
    )
    # Open for both directions, so that opening waits for nobody.
    reading = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    arrived = asyncio.Event()
    asyncio.get_running_loop().add_reader(reading, arrived.set)
    async with asyncio.timeout(20):
        await arrived.wait()
    asyncio.get_running_loop().remove_reader(reading)
    process = int(os.read(reading, 100))
    os.close(reading)
    assert not gone(process)
    program.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        await program.wait()
    assert gone(process)
