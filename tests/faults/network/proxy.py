"""A proxy in front of a cluster that breaks what passes, as a test says.

To the client it is the cluster: HTTP/1.1 over TLS, with a certificate and tokens of its own, which
it can change. What it lets through reaches the embedded cluster in memory. A trouble is asked about
each request in turn; the first that takes it says what becomes of the answer.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tenter.kube import Request, Response, Transport
from tests.faults.faulty import status_answer
from tests.kube.authority import Authority

_REASONS = {200: "OK", 201: "Created"}


@dataclass
class Trouble:
    """What becomes of the requests that ``on`` matches, ``times`` times (None: always).

    ``answer`` is given instead of the cluster's. Of a stream, ``after`` chunks pass first. Then
    ``spoil`` turns each chunk into the pieces that are sent, the connection is reset (``reset``),
    or closed in the middle of a chunk (``torn``), or the stream ends as if it were complete
    (``ended``), or nothing more comes (``silent``). ``delay`` is in seconds, before every chunk or
    the answer. ``lost`` carries the request out and resets the connection instead of answering.
    """

    on: Callable[[Request], bool]
    times: int | None = 1
    answer: Response | None = None
    after: int = 0
    spoil: Callable[[bytes], list[bytes]] | None = None
    reset: bool = False
    torn: bool = False
    ended: bool = False
    silent: bool = False
    lost: bool = False
    delay: float = 0.0
    met: int = 0

    def takes(self, request: Request) -> bool:
        if not self.on(request) or (self.times is not None and self.met >= self.times):
            return False
        self.met += 1
        return True


def is_watch(request: Request) -> bool:
    return ("watch", "true") in request.query


def is_list(request: Request) -> bool:
    return request.method == "GET" and not is_watch(request) and request.path.endswith("s")


def any_request(_: Request) -> bool:
    return True


class _Reset(Exception):  # noqa: N818 - ends a connection, and is no error of the test
    """The connection is to be reset; what was written may be lost."""


class _Closed(Exception):  # noqa: N818 - ends a connection, and is no error of the test
    """The connection is to be closed after what was written."""


@dataclass
class Proxy:
    """Serves ``behind`` at ``url`` with a certificate of ``authority``.

    ``tokens`` are those it lets in; empty lets in everybody. ``seen`` are the requests that came.
    """

    behind: Transport
    folder: Path
    authority: Authority = field(default_factory=Authority)
    tokens: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.present(self.authority)
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._context, backlog=512
        )
        self.url = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = [task for task in self._open.values() if task is not None]
        self.hang_up()
        if tasks:
            await asyncio.wait(tasks)
        await self._server.wait_closed()

    def present(self, authority: Authority) -> None:
        """Show a new certificate of ``authority`` on connections from now on."""
        self.authority = authority
        certificate, key = authority.issue("proxy", "127.0.0.1")
        file = self.folder / "proxy.pem"
        file.write_text(certificate + key)
        self._context.load_cert_chain(file)

    def hang_up(self) -> None:
        """Reset every connection."""
        for writer, task in list(self._open.items()):
            writer.transport.abort()
            if task is not None:
                task.cancel()

    def trouble(self, trouble: Trouble) -> Trouble:
        """Have something go wrong from now on."""
        self.troubles.append(trouble)
        return trouble

    def heal(self) -> None:
        """Have nothing go wrong any more; what is silent stays so until it is hung up on."""
        self.troubles.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            while request := await _read(reader):
                await self._answer(request, reader, writer)
        except _Closed:
            pass
        except (_Reset, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()  # hung up on: nobody awaits this task's end
        finally:
            del self._open[writer]
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.seen.append(request)
        if not self._admits(request):
            return await _send(writer, status_answer(401, "Unauthorized", "Unauthorized"))
        trouble = next(
            (each for each in self.troubles if each.takes(request)), Trouble(any_request)
        )
        if trouble.answer is not None:
            await asyncio.sleep(trouble.delay)
            return await _send(writer, trouble.answer)
        if is_watch(request):
            return await self._stream(request, trouble, reader, writer)
        answer = await self.behind.send(request, timeout=60)
        await asyncio.sleep(trouble.delay)
        if trouble.lost:
            raise _Reset
        if trouble.torn:
            await _send_half(writer, answer)
            raise _Closed
        if trouble.spoil is not None:
            answer = Response(status=answer.status, body=b"".join(trouble.spoil(answer.body)))
        return await _send(writer, answer)

    def _admits(self, request: Request) -> bool:
        shown = dict(request.headers).get("authorization", "")
        return not self.tokens or shown.removeprefix("Bearer ") in self.tokens

    async def _stream(
        self,
        request: Request,
        trouble: Trouble,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        async with self.behind.stream(request, timeout=60) as stream:
            writer.write(_head(stream.status, {"Transfer-Encoding": "chunked"}))
            assert isinstance(stream.chunks, AsyncGenerator)
            async with aclosing(stream.chunks) as chunks:
                await self._until_left(reader, self._pass(chunks, trouble, writer))
        if trouble.torn:
            writer.write(b'400\r\n{"type":"ADDED","obj')
            await writer.drain()
            raise _Closed
        if trouble.reset:
            raise _Reset
        if trouble.silent:
            await self._until_left(reader, _nothing())
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _pass(
        self, chunks: AsyncGenerator[bytes], trouble: Trouble, writer: asyncio.StreamWriter
    ) -> None:
        left = trouble.after
        breaks = trouble.torn or trouble.reset or trouble.ended or trouble.silent
        if breaks and not left:
            return
        async for chunk in chunks:
            await asyncio.sleep(trouble.delay)
            pieces = [chunk]
            if trouble.spoil is not None and left <= 0:
                pieces = trouble.spoil(chunk)
            for piece in pieces:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
            left -= 1
            if breaks and left <= 0:
                return

    async def _until_left(
        self, reader: asyncio.StreamReader, work: Coroutine[Any, Any, None]
    ) -> None:
        """Do ``work``, and stop when the client hangs up, which a silent stream would not see."""
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(work)
            leaving = tasks.create_task(reader.read(1))
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            left = not working.done()
            working.cancel()
            leaving.cancel()
        if left:
            raise _Reset


async def _nothing() -> None:
    await asyncio.get_running_loop().create_future()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """Read one request; None where the client closed."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *lines = head.strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
    }
    length = int(headers.get("content-length", "0"))
    parts = urlsplit(target)
    return Request(
        method=method,
        path=parts.path,
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers=tuple(headers.items()),
        body=await reader.readexactly(length) if length else None,
        content_type=headers.get("content-type", "application/json"),
        accept=headers.get("accept", "application/json"),
    )


async def _send(writer: asyncio.StreamWriter, answer: Response) -> None:
    writer.write(_whole(answer))
    await writer.drain()


async def _send_half(writer: asyncio.StreamWriter, answer: Response) -> None:
    whole = _whole(answer)
    writer.write(whole[: len(whole) - len(answer.body) // 2 - 1])
    await writer.drain()


def _whole(answer: Response) -> bytes:
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return _head(answer.status, {**kept, "Content-Length": str(len(answer.body))}) + answer.body


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def error_event(code: int, reason: str) -> bytes:
    """Return a watch's ERROR event, as the API server writes one within a stream."""
    status = json.loads(status_answer(code, reason, "a fault of the test").body)
    return json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"
