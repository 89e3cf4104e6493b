"""A connection to a cluster on which things go wrong, as a test says.

A fault is asked about each request in turn; the first that has something to do decides. ``times``
limits how often it does. Requests that the cluster saw are in ``sent``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tenter.errors import ClusterTimeout, ClusterUnreachable
from tenter.kube import Request, Response, Stream, Transport

Matches = Callable[[Request], bool]
Forward = Callable[[], Awaitable[Response]]

_WRITES = ("POST", "PUT", "PATCH", "DELETE")


def anything(_request: Request) -> bool:
    return True


def is_dry(request: Request) -> bool:
    """Tell whether the request changes nothing though its method does as a rule."""
    return ("dryRun", "All") in request.query or request.path.endswith("reviews")


def writes(request: Request) -> bool:
    return request.method in _WRITES and not is_dry(request)


def on(method: str, path: str) -> Matches:
    """Match writes (or reads) of this method whose path contains ``path``."""
    return lambda request: request.method == method and path in request.path and not is_dry(request)


def status_answer(
    code: int, reason: str, message: str, headers: dict[str, str] | None = None
) -> Response:
    """Return an error as the API server writes one."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return Response(
        status=code,
        headers={"content-type": "application/json", **(headers or {})},
        body=json.dumps(body).encode(),
    )


@dataclass
class Fault:
    """Does something else with the requests that match; ``met`` counts them."""

    matches: Matches
    act: Callable[[Request, Forward, float], Awaitable[Response]]
    times: int | None = None
    met: int = 0

    def takes(self, request: Request) -> bool:
        if not self.matches(request) or (self.times is not None and self.met >= self.times):
            return False
        self.met += 1
        return True


@dataclass
class Watching:
    """What becomes of watches: ``refusal`` answers them; ``chunks`` is when one breaks or ends."""

    matches: Matches
    refusal: Response | None = None
    chunks: int | None = None
    breaks: bool = True
    times: int | None = None
    met: int = 0

    def takes(self, request: Request) -> bool:
        if not self.matches(request) or (self.times is not None and self.met >= self.times):
            return False
        self.met += 1
        return True


@dataclass
class FaultyTransport:
    """Carries requests over ``transport`` but for what the faults do."""

    transport: Transport
    faults: list[Fault] = field(default_factory=list)
    watching: list[Watching] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    streams: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        async def forward() -> Response:
            self.sent.append(request)
            return await self.transport.send(request, timeout=timeout)

        for fault in self.faults:
            if fault.takes(request):
                return await fault.act(request, forward, timeout)
        return await forward()

    @asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncGenerator[Stream]:  # noqa: ASYNC109
        self.streams.append(request)
        watching = next((each for each in self.watching if each.takes(request)), None)
        if watching is not None and watching.refusal is not None:
            yield Stream(
                status=watching.refusal.status,
                headers=watching.refusal.headers,
                chunks=_whole(watching.refusal.body),
            )
            return
        async with self.transport.stream(request, timeout=timeout) as stream:
            if watching is not None and watching.chunks is not None:
                stream.chunks = _cut(stream.chunks, watching.chunks, breaks=watching.breaks)
            yield stream

    async def aclose(self) -> None:
        await self.transport.aclose()

    # Faults

    def answer(
        self,
        matches: Matches,
        code: int,
        reason: str,
        message: str = "a fault of the test",
        *,
        times: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> Fault:
        """Answer with an error, and do not let the request through."""

        async def act(_request: Request, _forward: Forward, _timeout: float) -> Response:
            return status_answer(code, reason, message, headers)

        return self._add(Fault(matches, act, times))

    def lose_answers(self, matches: Matches, *, times: int | None = None) -> Fault:
        """Let the request through, and break the connection before its answer comes."""

        async def act(_request: Request, forward: Forward, _timeout: float) -> Response:
            await forward()
            raise ClusterUnreachable("the connection was lost while the answer was awaited")

        return self._add(Fault(matches, act, times))

    def refuse_connections(self, matches: Matches = anything, *, times: int | None = None) -> Fault:
        """Let nothing through."""

        async def act(_request: Request, _forward: Forward, _timeout: float) -> Response:
            raise ClusterUnreachable("the connection was refused")

        return self._add(Fault(matches, act, times))

    def slow_down(self, seconds: float, matches: Matches = anything) -> Fault:
        """Answer late, or too late."""

        async def act(request: Request, forward: Forward, limit: float) -> Response:
            try:
                async with asyncio.timeout(limit):
                    await asyncio.sleep(seconds)
                    return await forward()
            except TimeoutError as error:
                raise ClusterTimeout(f"no answer to {request.method} in {limit} s") from error

        return self._add(Fault(matches, act))

    def _add(self, fault: Fault) -> Fault:
        self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Take back all faults."""
        self.faults.clear()
        self.watching.clear()


class MortalTransport:
    """Dies at the ``last``-th write, before or (``after``) when it was carried out.

    It is as if its process were gone: the request never returns, and no other one leaves.
    """

    def __init__(self, transport: Transport, last: int, *, after: bool) -> None:
        self.dead = asyncio.Event()
        self.last_request: Request | None = None
        self._transport = transport
        self._left = last
        self._after = after
        self._buried = False

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        await self._live()
        if writes(request):
            self._left -= 1
            if self._left < 0:
                self.last_request = request
                if self._after:
                    await self._transport.send(request, timeout=timeout)
                self.dead.set()
        await self._live()
        answer = await self._transport.send(request, timeout=timeout)
        await self._live()
        return answer

    @asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncGenerator[Stream]:  # noqa: ASYNC109
        await self._live()
        async with self._transport.stream(request, timeout=timeout) as stream:
            yield stream

    async def aclose(self) -> None:
        """Leave the cluster's own connection open."""

    def bury(self) -> None:
        """Have what still tries to send be refused, so that its task can be cancelled."""
        self._buried = True

    async def _live(self) -> None:
        if self._buried:
            raise ClusterUnreachable("this process is gone")
        if self.dead.is_set():
            await asyncio.get_running_loop().create_future()


async def _whole(body: bytes) -> AsyncGenerator[bytes]:
    yield body


async def _cut(source: object, chunks: int, *, breaks: bool) -> AsyncGenerator[bytes]:
    assert isinstance(source, AsyncGenerator)
    try:
        if chunks:
            async for chunk in source:
                yield chunk
                chunks -= 1
                if not chunks:
                    break
    finally:
        await source.aclose()
    if breaks:
        raise ClusterUnreachable("the stream broke")
