"""Counts what a sync asks of the server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

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
