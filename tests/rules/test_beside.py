"""Rules of an operation that begins beside another one of its application."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

import pytest

from tenter.applications import syncing
from tenter.applications.lease import Lease
from tenter.applications.outcome import Outcome
from tenter.embedded import EmbeddedCluster
from tenter.engine import OperationPhase
from tenter.environment import Environment
from tenter.errors import OperationInProgress
from tenter.kube import Client
from tests.applications.shop import Shop, config
from tests.applications.test_an_interrupted_sync import SLOW, until_running
from tests.rules.registry import rule


async def _beside_a_running_sync(*options: str) -> tuple[Outcome, Outcome]:
    environment = Environment(now=time.time, random=random.Random(1))
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedCluster(environment) as cluster:
            client = Client(cluster.transport(), environment)
            shop = Shop(cluster, client, environment, Path(folder) / "shop")
            shop.write(SLOW)
            async with asyncio.timeout(20):
                waiting = asyncio.ensure_future(until_running(shop))
                await asyncio.sleep(0)
                first = asyncio.ensure_future(shop.sync())
                await waiting
                try:
                    shop.write(config("newer"))
                    second = await shop.sync(options=options)
                    return await first, second
                finally:
                    first.cancel()
                    await asyncio.wait([first])


def _nobody_is_named(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lease, "refusal", lambda *_: OperationInProgress("try again later"))


@rule("BESIDE-REFUSED", breaks=_nobody_is_named)
def test_an_operation_beside_another_is_refused() -> None:
    with pytest.raises(OperationInProgress, match="is already in progress: a test"):
        asyncio.run(_beside_a_running_sync())


async def _step_aside(*_: object) -> None:
    """Ask nobody to end."""


@rule(
    "BESIDE-SUPERSEDE",
    breaks=lambda patch: patch.setattr(syncing, "make_way", _step_aside),
)
def test_a_superseding_sync_ends_the_running_one_and_takes_over() -> None:
    first, second = asyncio.run(_beside_a_running_sync("Supersede=true"))
    assert first.phase is OperationPhase.FAILED
    assert "superseded" in first.message
    assert second.phase is OperationPhase.SUCCEEDED
