"""A process may die at any request: the next one finishes what it began, and runs no hook twice."""

import asyncio
import collections
import contextlib
from contextlib import AbstractAsyncContextManager

import pytest
from tests.applications.shop import Shop, config, job

from tenter.applications import sync
from tenter.embedded import Verb
from tenter.engine import OperationPhase
from tenter.environment import Environment
from tenter.errors import ClusterUnreachable
from tenter.kube import Client, Request, Response, Stream, Transport

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class DyingTransport:
    """Is dead from the ``last``-th write on, which is still carried out where ``sent`` says so."""

    def __init__(self, transport: Transport, last: int, *, sent: bool) -> None:
        self.transport = transport
        self.left = last
        self.sent = sent
        self.dead = asyncio.Event()

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        self.check()
        dry = ("dryRun", "All") in request.query or request.path.endswith("reviews")
        if request.method in WRITES and not dry:
            if self.left == 0:
                self.dead.set()
                if self.sent:
                    await self.transport.send(request, timeout=timeout)
            self.left -= 1
        self.check()
        return await self.transport.send(request, timeout=timeout)

    def stream(
        self,
        request: Request,
        *,
        timeout: float,
    ) -> AbstractAsyncContextManager[Stream]:
        self.check()
        return self.transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self.transport.aclose()

    def check(self) -> None:
        if self.dead.is_set():
            raise ClusterUnreachable("this process is dead")


async def die(shop: Shop, transport: DyingTransport) -> bool:
    """Sync until the transport dies; tell whether it did before the sync's end."""
    client = Client(transport, shop.environment, tries=1)
    syncing = asyncio.ensure_future(sync(shop.request(), shop.workplace(client=client)))
    dying = asyncio.ensure_future(transport.dead.wait())
    await asyncio.wait([syncing, dying], return_when=asyncio.FIRST_COMPLETED)
    syncing.cancel()
    dying.cancel()
    with contextlib.suppress(asyncio.CancelledError, ClusterUnreachable):
        await syncing
    return transport.dead.is_set()


@pytest.mark.parametrize("sent", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("last", range(24))
async def test_the_next_sync_completes_what_a_dead_process_began(
    shop: Shop, last: int, sent: bool
) -> None:
    shop.write(
        job("name: migrate", hook="PreSync")
        + config("settings")
        + job(
            "name: check",
            hook="PostSync",
            **{"argocd.argoproj.io/hook-delete-policy": "HookSucceeded"},
        )
    )
    died = await die(shop, DyingTransport(shop.cluster.transport(), last, sent=sent))
    later = Environment(now=lambda: shop.environment.now() + 60, random=shop.environment.random)

    outcome = await sync(shop.request(), shop.workplace(environment=later))

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.exists("ConfigMap", "settings")
    created = collections.Counter(
        (change.object["metadata"]["annotations"]["tenter.dev/attempt"])
        for change in shop.cluster.store.history
        if change.verb is Verb.CREATE and change.object["kind"] == "Job"
    )
    assert max(created.values()) == 1, created
    left = await shop.get("Job", "migrate", group="batch")
    assert "finalizers" not in left["metadata"]
    assert not await shop.exists("Job", "check", group="batch")
    assert died or last > 12
