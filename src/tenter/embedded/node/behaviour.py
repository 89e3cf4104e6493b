"""What becomes of Pods on the node: the seam between a Pod's lifecycle and what runs it.

The node knows when a container is to start, to stop, to start again. Whether a script or a
process stands behind it, it does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tenter.embedded.node.containers import Exit
from tenter.embedded.node.logs import ContainerLog
from tenter.kube import Client, Informers
from tenter.manifests import Manifest


class CannotStart(Exception):  # noqa: N818 - a fact about a container, shown in its status
    """A container cannot be started (now); ``reason`` is the waiting reason to show.

    ``final`` says that it counts as a failed run (exit code 128) and is not simply tried again.
    """

    def __init__(self, reason: str, message: str, *, final: bool = False) -> None:
        self.reason = reason
        self.message = message
        self.final = final
        super().__init__(f"{reason}: {message}")


class Stop:
    """The request to a Pod's containers to end, and the seconds they have for it."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.grace = 0.0

    def ask(self, grace: float) -> None:
        """Ask to end within ``grace`` seconds; asking again may only shorten it."""
        self.grace = min(self.grace, grace) if self.asked.is_set() else grace
        self.asked.set()


Report = Callable[[bool, bool], None]
"""Told whether a container has started and is ready, whenever that changes."""


class Sandbox(Protocol):
    """One Pod's place on the node."""

    address: str

    async def run(
        self, container: Manifest, attempt: int, log: ContainerLog, report: Report, stop: Stop
    ) -> Exit:
        """Run one container to its end, ``attempt`` counted from 0; cancelling kills it.

        ``report`` is called at the start and whenever readiness turns. Raises CannotStart.
        """
        ...

    async def aclose(self) -> None:
        """Take the place down; nothing runs in it any more."""
        ...


class Behaviour(Protocol):
    """Makes places for Pods."""

    async def open(self, client: Client, informers: Informers) -> None:
        """Get ready on a cluster; ``informers`` are the node's own, which follow all Pods."""
        ...

    async def sandbox(self, pod: Manifest) -> Sandbox:
        """Make a place for ``pod``. Raises CannotStart."""
        ...

    async def aclose(self) -> None:
        """Release what is shared by all places."""
        ...
