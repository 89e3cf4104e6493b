"""Counts what a sync asks of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tenter.kube import Request, Response, Stream, Transport


class Counting:
    """Passes requests on and keeps those that name an object, dry runs too."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.writes: list[str] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        if request.method in {"POST", "PUT", "PATCH"} and not request.path.endswith("reviews"):
            name = request.path.rpartition("/")[2]
            dry = " (dry run)" if ("dryRun", "All") in request.query else ""
            self.writes.append(f"{request.method} {name}{dry}")
        return await self.transport.send(request, timeout=timeout)

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        return self.transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self.transport.aclose()


class Meddling(Counting):
    """Does ``meddle`` when the first Job is created, as its program would, unseen by any watch."""

    def __init__(self, transport: Transport, meddle: Callable[[], Awaitable[object]]) -> None:
        super().__init__(transport)
        self._meddle: Callable[[], Awaitable[object]] | None = meddle

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        dry = ("dryRun", "All") in request.query
        if request.method == "POST" and request.path.endswith("/jobs") and not dry:
            meddle, self._meddle = self._meddle, None
            if meddle is not None:
                await meddle()
        return await super().send(request, timeout=timeout)

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        if "/configmaps" in request.path:
            return _silent()
        return super().stream(request, timeout=timeout)


@asynccontextmanager
async def _silent() -> AsyncGenerator[Stream]:
    async def nothing() -> AsyncGenerator[bytes]:
        await asyncio.Event().wait()
        yield b""

    yield Stream(status=200, chunks=nothing())
