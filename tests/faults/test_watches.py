"""Watches that end, break, are refused, forget, and tell nothing: a sync sees all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

import tenter
from tenter.kube import Request, Stream
from tests.behaviour.application import Application, result
from tests.behaviour.manifests import config_map, deployment, job
from tests.faults.faulty import FaultyTransport, Watching, anything, status_answer

MANIFESTS = [
    job("before", hook="PreSync", outcome="succeed after=5"),
    deployment("web", outcome="run after=5"),
    config_map("late", wave=1),
    job("after", hook="PostSync", outcome="succeed after=5", policy="HookSucceeded"),
]


async def over(application: Application, *watching: Watching) -> FaultyTransport:
    """Have the application reach its cluster over a connection with these faults."""
    transport = FaultyTransport(application.grounds.transport(), watching=list(watching))
    application.cluster = await application.grounds.opened(transport)
    return transport


async def succeeds(application: Application) -> None:
    outcome = await application.sync(*MANIFESTS)
    assert outcome.succeeded, outcome.message
    assert application.story.in_order(
        "finish Job/before",
        "create Deployment/web",
        "ready Deployment/web",
        "create ConfigMap/late",
        "create Job/after",
        "delete Job/after",
    )
    assert application.grounds.leftovers() == []
    for name in ("before", "after"):
        assert len(application.story.uids("Job", name)) == 1


@pytest.mark.parametrize("breaks", [True, False], ids=["breaks", "ends"])
@pytest.mark.parametrize("chunks", [0, 1, 2])
async def test_watches_that_end_after_a_few_events_are_resumed(
    application: Application, chunks: int, breaks: bool
) -> None:
    transport = await over(application, Watching(anything, chunks=chunks, breaks=breaks, times=40))

    await succeeds(application)

    assert transport.watching[0].met > 4


@pytest.mark.parametrize(
    ("code", "reason"),
    [(410, "Expired"), (429, "TooManyRequests"), (500, "InternalError"), (503, "Unavailable")],
)
async def test_watches_that_are_refused_for_a_while_are_tried_again(
    application: Application, code: int, reason: str
) -> None:
    refusal = status_answer(code, reason, "a fault of the test")
    transport = await over(application, Watching(anything, refusal=refusal, times=12))

    await succeeds(application)

    assert transport.watching[0].met == 12


async def test_without_any_watch_the_objects_are_read_by_lists(application: Application) -> None:
    refusal = status_answer(410, "Expired", "always too old")
    await over(application, Watching(anything, refusal=refusal))

    await succeeds(application)


async def test_a_history_that_is_forgotten_meanwhile_is_listed_anew(
    application: Application,
) -> None:
    transport = await over(application, Watching(anything, chunks=1, times=8))
    application.write(*MANIFESTS)

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        for line in ("create Job/before", "finish Job/before", "create Deployment/web"):
            await application.grounds.until(line)
            application.grounds.forget_watches()

    assert syncing.result().succeeded
    assert transport.watching[0].met == 8


async def test_a_watch_that_is_silent_is_made_up_for_by_reading(
    application: Application,
) -> None:
    """What our own writes show is not lost, though no watch ever says it."""

    class Silent(FaultyTransport):
        """Opens watches and tells nothing on them until the time limit."""

        @asynccontextmanager
        async def stream(self, request: Request, *, timeout: float) -> AsyncGenerator[Stream]:  # noqa: ASYNC109
            async with super().stream(request, timeout=timeout) as stream:
                heard, stream.chunks = stream.chunks, _nothing()
                yield stream
                assert isinstance(heard, AsyncGenerator)
                await heard.aclose()

    silent = Silent(application.grounds.transport())
    application.cluster = await application.grounds.opened(silent)

    outcome = await application.sync(config_map("first", wave=-1), config_map("second"))

    assert outcome.succeeded, outcome.message
    assert application.story.created() == ["ConfigMap/first", "ConfigMap/second"]


async def _nothing() -> AsyncGenerator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def test_a_terminate_is_heard_though_the_watch_of_the_state_breaks(
    application: Application,
) -> None:
    transport = await over(application)
    application.write(job("slow", hook="PreSync", outcome="hang"))

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/slow")
        transport.watching.append(Watching(anything, chunks=0, times=5))
        await application.terminate()

    outcome = syncing.result()
    assert outcome.message == "Operation terminated"
    assert result(outcome, "slow")["message"] == "Terminated"


async def test_a_hook_that_ended_while_no_watch_was_open_is_seen(
    application: Application,
) -> None:
    refusal = status_answer(503, "Unavailable", "for a while")
    transport = await over(application)
    application.write(*MANIFESTS)

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/before")
        transport.watching.append(Watching(anything, refusal=refusal, times=6))
        application.grounds.forget_watches()

    assert syncing.result().phase is tenter.OperationPhase.SUCCEEDED
