"""The way between a runner and the API server, on which every fault happens that has to do with it.

Each request crosses the real router and encoder of the embedded server. It travels by itself, in no
process: what was sent arrives, even if its sender dies meanwhile. A runner's transport knows its
process, so that a fault can stop that process before, during or after any request.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from tenter.embedded import EmbeddedCluster
from tenter.embedded.memory_transport import MemoryTransport
from tenter.errors import ClusterTimeout, ClusterUnreachable
from tenter.kube.requests import Request, Response, Stream
from tests.simulation.scenarios import Fault
from tests.simulation.virtual_loop import Process, VirtualLoop

actor: contextvars.ContextVar[Process | None] = contextvars.ContextVar("actor", default=None)
"""Whose request the server is answering; read when the store changes."""

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_BODY_OF_STATUS = {
    429: ("TooManyRequests", "the server has received too many requests"),
    500: ("InternalError", "etcdserver: leader changed"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
}


class Network:
    """All that lies between runners and the server.

    ``due`` tells the faults that fall on the request about to be sent, and ``happen`` performs
    those that concern more than that request. ``departed`` is told of each request as it leaves.
    """

    def __init__(
        self,
        cluster: EmbeddedCluster,
        loop: VirtualLoop,
        chance: random.Random,
        *,
        due: Callable[[], list[Fault]],
        happen: Callable[[Fault, Process], None],
        departed: Callable[[Process, Request], None],
    ) -> None:
        self.loop = loop
        self.chance = chance
        self.due = due
        self.happen = happen
        self.departed = departed
        self.server = cluster.transport()
        self.store = cluster.store
        self.streams: list[_Line] = []
        self.bursts: list[list[int]] = []
        self.partitioned: dict[str, float] = {}
        self.refused: list[tuple[str, int, str]] = []
        self.hardships: dict[tuple[str, str, str], int] = {}
        self.requests = 0
        self.over = False

    def latency(self) -> float:
        return self.chance.uniform(0.001, 0.02)

    def cut(self) -> None:
        """Break every open stream."""
        for line in tuple(self.streams):
            line.cut()


class RunnerTransport:
    """One process' way to the server."""

    def __init__(self, network: Network, process: Process) -> None:
        self._network = network
        self._process = process

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                answer = await self._send(request)
        except TimeoutError as error:
            self._suffer(request)
            raise ClusterTimeout(f"no answer to {request.method} {request.path}") from error
        except ClusterUnreachable:
            self._suffer(request)
            raise
        if answer.status in (429, 500, 503):
            self._suffer(request)
        else:
            self._network.hardships.pop(self._trip(request), None)
        return answer

    def _trip(self, request: Request) -> tuple[str, str, str]:
        return (self._process.name, request.method, request.path)

    def _suffer(self, request: Request) -> None:
        hardships = self._network.hardships
        trip = self._trip(request)
        hardships[trip] = hardships.get(trip, 0) + 1
        if hardships[trip] >= 5:
            hardships["", "", ""] = 1  # a client may give up now, and say so

    async def _send(self, request: Request) -> Response:  # noqa: PLR0912 - one case a fault
        network, process = self._network, self._process
        if network.over:
            raise asyncio.CancelledError
        network.requests += 1
        there, back = network.latency(), network.latency()
        performed, answered, dies_after = True, True, False
        for fault in network.due():
            match fault.kind:
                case "crash-before":
                    network.happen(fault, process)
                    await asyncio.sleep(0)
                case "crash-during":
                    network.happen(fault, process)
                case "crash-after":
                    dies_after = True
                case "request-lost":
                    performed = answered = False
                case "answer-lost":
                    answered = False
                case "request-slow":
                    there = fault.size
                case "answer-slow":
                    back = fault.size
                case "late-list" if request.method == "GET":
                    back = fault.size
                case "pause":
                    network.happen(fault, process)
                    await asyncio.sleep(0)
                case "conflict":
                    self._meddle(request)
                case "status-429" | "status-500" | "status-503":
                    network.bursts.append([int(fault.kind[-3:]), int(fault.size)])
                case _:
                    network.happen(fault, process)
        if network.over:
            raise asyncio.CancelledError
        if network.partitioned.get(process.name, 0.0) > network.loop.time():
            await asyncio.sleep(there)
            raise ClusterUnreachable("the network is down")
        network.departed(process, request)
        if network.bursts:
            status = self._burst()
            await asyncio.sleep(there + back)
            return _refusal(status)
        arrival: asyncio.Future[Response] = network.loop.create_future()
        network.loop.outside(
            self._travel(
                request,
                arrival,
                there=there,
                back=back,
                performed=performed,
                answered=answered,
                dies_after=dies_after,
            )
        )
        return await arrival

    def _burst(self) -> int:
        burst = self._network.bursts[0]
        burst[1] -= 1
        if burst[1] <= 0:
            self._network.bursts.pop(0)
        return burst[0]

    async def _travel(
        self,
        request: Request,
        arrival: asyncio.Future[Response],
        *,
        there: float,
        back: float,
        performed: bool,
        answered: bool,
        dies_after: bool,
    ) -> None:
        network = self._network
        await asyncio.sleep(there)
        answer: Response | None = None
        if performed:
            actor.set(self._process)
            answer = await network.server.send(request, timeout=60.0)
            actor.set(None)
            if 400 <= answer.status < 500 and answer.status not in (404, 429):
                network.refused.append((request.method, answer.status, request.path))
        await asyncio.sleep(back)
        if dies_after:
            fault = Fault(step=0, at=0, kind="crash-after")
            network.happen(fault, self._process)
        if arrival.done():
            return
        if answered and answer is not None:
            arrival.set_result(answer)
        else:
            arrival.set_exception(ClusterUnreachable("the connection was reset"))

    def _meddle(self, request: Request) -> None:
        """Change the object just before the request arrives, as somebody else would."""
        if request.method in WRITES and ("dryRun", "All") not in request.query:
            fault = Fault(step=0, at=0, kind=f"touch {request.path}")
            self._network.happen(fault, self._process)

    @asynccontextmanager
    async def stream(
        self,
        request: Request,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncIterator[Stream]:
        network = self._network
        if network.over:
            raise asyncio.CancelledError
        network.requests += 1
        for fault in network.due():
            if fault.kind in ("crash-during", "crash-after"):
                network.happen(msgspec.structs.replace(fault, kind="crash-before"), self._process)
                await asyncio.sleep(0)
            elif fault.kind.startswith("status"):
                network.bursts.append([int(fault.kind[-3:]), int(fault.size)])
            elif fault.kind in ("request-lost", "answer-lost"):
                raise ClusterUnreachable("the connection was reset")
            else:
                network.happen(fault, self._process)
                await asyncio.sleep(0)
        if network.over:
            raise asyncio.CancelledError
        if network.partitioned.get(self._process.name, 0.0) > network.loop.time():
            await asyncio.sleep(network.latency())
            raise ClusterUnreachable("the network is down")
        await asyncio.sleep(network.latency())
        if network.bursts:
            answer = _refusal(self._burst())
            yield Stream(status=answer.status, headers=answer.headers, chunks=_whole(answer.body))
            return
        line = _Line(network, request, self._process)
        status, headers = await line.opened(timeout)
        try:
            yield Stream(status=status, headers=headers, chunks=line.chunks())
        finally:
            line.close()

    async def aclose(self) -> None:
        """There is nothing to close."""


class _Line:
    """One open stream: chunks travel along it in order, late, twice, or not at all."""

    def __init__(self, network: Network, request: Request, process: Process) -> None:
        self._network = network
        self._request = request
        self.process = process
        self._server: MemoryTransport = network.server
        self._chunks: deque[bytes | Exception | None] = deque()
        self._news = asyncio.Event()
        self._last = b""
        self._delivered_until = 0.0
        self.late = 0.0
        self._pump: asyncio.Task[None] | None = None

    async def opened(self, timeout: float) -> tuple[int, dict[str, str]]:  # noqa: ASYNC109
        head: asyncio.Future[tuple[int, dict[str, str]]] = self._network.loop.create_future()
        self._pump = self._network.loop.outside(self._run(head))
        self._network.streams.append(self)
        try:
            async with asyncio.timeout(timeout):
                return await head
        except BaseException:
            self.close()
            raise

    async def _run(self, head: asyncio.Future[tuple[int, dict[str, str]]]) -> None:
        async with self._server.stream(self._request, timeout=60.0) as stream:
            if not head.done():
                head.set_result((stream.status, stream.headers))
            async for chunk in stream.chunks:
                self._send(chunk)
            self._send(None)

    def _send(self, chunk: bytes | Exception | None) -> None:
        loop = self._network.loop
        when = loop.time() + self._network.latency() + self.late
        # A stream keeps its order; timers that are due at one moment would not.
        self._delivered_until = max(self._delivered_until + 1e-6, when)
        loop.call_at(self._delivered_until, self._deliver, chunk, context=contextvars.Context())

    def _deliver(self, chunk: bytes | Exception | None) -> None:
        if isinstance(chunk, bytes):
            self._last = chunk
        self._chunks.append(chunk)
        self._news.set()

    def repeat(self) -> None:
        """Deliver the last event once more."""
        lines = self._last.rstrip(b"\n").rsplit(b"\n", 1)
        if lines[-1] and b'"ERROR"' not in lines[-1]:
            self._send(lines[-1] + b"\n")

    def cut(self) -> None:
        """Break the stream now."""
        if self._pump is not None:
            self._pump.cancel()
        self._deliver(ClusterUnreachable("the connection was reset"))

    def close(self) -> None:
        """The reader is gone."""
        if self._pump is not None:
            self._pump.cancel()
        if self in self._network.streams:
            self._network.streams.remove(self)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield what arrives."""
        while True:
            while not self._chunks:
                self._news.clear()
                await self._news.wait()
            chunk = self._chunks.popleft()
            if chunk is None:
                return
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _refusal(status: int) -> Response:
    reason, message = _BODY_OF_STATUS[status]
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": status,
    }
    headers = {"content-type": "application/json"}
    if status == 429:
        headers["retry-after"] = "1"
    return Response(status=status, headers=headers, body=msgspec.json.encode(body))
