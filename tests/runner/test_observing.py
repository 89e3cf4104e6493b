import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from tests.runner.ground import Ground, config, job, messages

from tenter.embedded import Denial
from tenter.engine import OperationPhase
from tenter.health import Health, HealthStatus
from tenter.kube import Request, Response, Stream, Transport
from tenter.manifests import Manifest


class StalledTransport:
    """Its watches never tell anything."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        return await self.transport.send(request, timeout=timeout)

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        del request, timeout
        return silent()

    async def aclose(self) -> None:
        await self.transport.aclose()


@asynccontextmanager
async def silent() -> AsyncGenerator[Stream]:
    async def nothing() -> AsyncGenerator[bytes]:
        await asyncio.Event().wait()
        yield b""

    yield Stream(status=200, chunks=nothing())


class Checks:
    """A health check for ConfigMaps: what their data says."""

    def covers(self, obj: Manifest) -> bool:
        return bool(obj["kind"] == "ConfigMap")

    async def assess(self, obj: Manifest) -> Health | None:
        await asyncio.sleep(0)
        data = obj.get("data") or {}
        return Health(HealthStatus(data.get("health", "Healthy")), data.get("why", ""))


async def test_a_watch_that_tells_nothing_delays_a_sync_and_does_not_stop_it(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenter.runner.observing.CATCH_UP_WITHIN", 0.02)
    transport = StalledTransport(ground.cluster.transport())

    record = await ground.run(
        job("migrate", hook="PreSync") + config("settings"), transport=transport
    )

    assert record.phase is OperationPhase.SUCCEEDED, record.message


async def test_objects_that_may_not_be_listed_end_the_operation_with_an_error(
    ground: Ground,
) -> None:
    ground.cluster.access.denials.append(Denial(verb="list", resource="configmaps"))

    record = await ground.run(config("settings"))

    assert record.phase is OperationPhase.ERROR
    assert "configmaps" in record.message


async def test_a_custom_check_decides_when_the_next_wave_begins(ground: Ground) -> None:
    first = config("first", wave="0", health="Progressing", why="warming up")

    def listen(event: object) -> None:
        if "warming up" in str(getattr(event, "waits", "")):
            waited.set()

    ground.listener = listen
    waited = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(
            ground.run(first + config("second", wave="1"), scripts=Checks())
        )
        await waited.wait()
        assert not await ground.exists("ConfigMap", "second")
        syncing.cancel()


async def test_a_degraded_resource_fails_the_sync_with_its_own_words(ground: Ground) -> None:
    sick = config("first", wave="0", health="Degraded", why="out of breath")

    record = await ground.run(sick + config("second", wave="1"), scripts=Checks())

    assert record.phase is OperationPhase.FAILED
    assert messages(record)["first"] == "out of breath"
    assert not await ground.exists("ConfigMap", "second")
