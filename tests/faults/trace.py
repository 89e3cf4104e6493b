"""Runs one seed of the chaos and prints a hash of all that the cluster saw, as a program.

python -m tests.faults.trace SEED FOLDER
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from unittest.mock import patch

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.library import workplaces
from tests.behaviour.application import Application, write_health_scripts
from tests.behaviour.fixtures import MORNING
from tests.behaviour.grounds import EmbeddedGrounds
from tests.behaviour.virtual_time import VirtualTimeLoop
from tests.faults.test_chaos import LEASE_SECONDS, run, some_application


async def trace(seed: int, folder: Path) -> str:
    """Return the hash of every change of every object, from beginning to end."""
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    environment = Environment(now=lambda: MORNING + loop.time(), random=random.Random(seed))
    digest = hashlib.sha256()
    async with EmbeddedCluster(environment) as embedded, AsyncExitStack() as stack:
        embedded.store.subscribe(
            lambda change: digest.update(f"{loop.time()} {change!r} {change.object}\n".encode())
        )
        grounds = EmbeddedGrounds(embedded, environment, stack)
        application = Application(
            grounds=grounds,
            folder=folder / "deploy",
            cluster=await grounds.opened(),
            health_scripts=write_health_scripts(folder / "checks"),
        )
        for _ in range(2):
            application.write(*some_application(chance))
            await run(application, chance)
            await grounds.elapse(LEASE_SECONDS)
    return digest.hexdigest()


def main(seed: int, folder: Path) -> None:
    """Print the hash of ``seed``; ``folder`` must be empty."""
    # The process' own number is the world's, as the folder is.
    nameless = patch.object(workplaces, "this_process", lambda: "a process")
    with nameless, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        print(runner.run(trace(seed, folder)))  # noqa: T201 - what the program is for


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
