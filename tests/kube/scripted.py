"""A transport that plays what a test wrote down, and a loop on which waiting takes no time."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import msgspec

from tenter.environment import Environment
from tenter.errors import ClusterUnreachable
from tenter.kube import Client, Request, Resource, Response, Stream
from tenter.manifests import Manifest

T = TypeVar("T")

CONFIG_MAPS = Resource(
    group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True
)
JOBS = Resource(group="batch", version="v1", kind="Job", plural="jobs", namespaced=True)
NAMESPACES = Resource(
    group="", version="v1", kind="Namespace", plural="namespaces", namespaced=False
)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next thing due as soon as nothing else is to do."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_now = 0.0

    def time(self) -> float:
        return self._virtual_now

    def _run_once(self) -> None:
        ready: deque[Any] = self._ready  # type: ignore[attr-defined]
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        if not ready and scheduled:
            self._virtual_now = max(self._virtual_now, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def environment() -> Environment:
    return Environment(now=lambda: 1_700_000_000.0, random=random.Random(7))


class Held:
    """An answer that stays away until it is released."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer
        self.released = asyncio.Event()


Answer: TypeAlias = Response | Exception | Held


def event_line(kind: str, manifest: Manifest) -> bytes:
    return msgspec.json.encode({"type": kind, "object": manifest}) + b"\n"


class Script:
    """What one stream says: feed it while it is read."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | Exception | float | None] = asyncio.Queue()
        self.closed = False

    def say(self, *pieces: bytes | Exception | float | None) -> Script:
        """Add chunks; None ends the stream, an exception breaks it, a number is a silence."""
        for piece in pieces:
            self._queue.put_nowait(piece)
        return self

    def event(self, kind: str, manifest: Manifest) -> Script:
        return self.say(event_line(kind, manifest))

    def end(self) -> Script:
        return self.say(None)

    def broken(self) -> Script:
        return self.say(ClusterUnreachable("the connection broke"))

    async def chunks(self) -> AsyncIterator[bytes]:
        while (piece := await self._queue.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, bytes):
                yield piece
            else:
                await asyncio.sleep(piece)


class ScriptedTransport:
    """Answers each request with the next entry of its list, the last one again and again."""

    def __init__(self, *scripted: Answer, streams: tuple[Script | Answer, ...] = ()) -> None:
        self.scripted = list(scripted)
        self.streams: deque[Script | Answer] = deque(streams)
        self.requests: list[Request] = []
        self.opened: list[Request] = []
        self.closed = False

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        assert timeout > 0
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.scripted.pop(0) if len(self.scripted) > 1 else self.scripted[0]
        return await _resolve(answer)

    @asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncIterator[Stream]:  # noqa: ASYNC109
        assert timeout > 0
        self.opened.append(request)
        script = self.streams.popleft() if self.streams else Script()
        if not isinstance(script, Script):
            refusal = await _resolve(script)
            script = Script().say(refusal.body).end()
            yield Stream(status=refusal.status, headers=refusal.headers, chunks=script.chunks())
            return
        try:
            yield Stream(status=200, chunks=script.chunks())
        finally:
            script.closed = True

    async def aclose(self) -> None:
        self.closed = True


async def _resolve(answer: Answer) -> Response:
    if isinstance(answer, Held):
        await answer.released.wait()
        answer = answer.answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def client_of(transport: ScriptedTransport, *, tries: int = 5, concurrency: int = 32) -> Client:
    return Client(transport, environment(), tries=tries, concurrency=concurrency)


def ok(body: Any, status: int = 200) -> Response:
    return Response(status=status, body=msgspec.json.encode(body))


def refusal(
    code: int, reason: str = "", message: str = "no", headers: dict[str, str] | None = None
) -> Response:
    status = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}
    if reason:
        status["reason"] = reason
    return Response(status=code, headers=headers or {}, body=msgspec.json.encode(status))


def config_map(
    name: str, version: str, *, uid: str = "", namespace: str = "shop", **data: str
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"uid-{name}",
            "resourceVersion": version,
        },
        "data": data,
    }


def list_of(version: str, *items: Manifest, token: str = "") -> Response:
    """A list as the server sends it: its items without apiVersion and kind."""
    bare = [{k: v for k, v in item.items() if k not in {"apiVersion", "kind"}} for item in items]
    metadata = {"resourceVersion": version, **({"continue": token} if token else {})}
    return ok({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": bare})


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)
