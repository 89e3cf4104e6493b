"""Serves an embedded API server over HTTPS.

aiohttp's low-level server turns bytes into requests; everything that decides is ``server``'s. It
listens on the loopback interface unless told otherwise.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiohttp import web

from tenter.embedded.bodies import LIMIT
from tenter.embedded.io_certificates import Secrets
from tenter.embedded.responses import refused
from tenter.embedded.server import ApiServer
from tenter.embedded.statuses import internal
from tenter.errors import UsageError
from tenter.kube.requests import JSON, Request, Response, Stream

_GRACE = 1.0
"""How long open connections may take to end when the listener closes, in seconds."""


@asynccontextmanager
async def listen(
    server: ApiServer, secrets: Secrets, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncGenerator[int]:
    """Serve ``server`` until the end of the block; gives the port (0 asks for a free one).

    Raises ``UsageError`` where the port is taken.
    """
    handler = _Handler(server)
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=_GRACE)
    await runner.setup()
    site = web.TCPSite(
        runner, host, port, ssl_context=_context(secrets), reuse_address=True, backlog=512
    )
    try:
        try:
            await site.start()
        except OSError as error:
            raise UsageError(
                f"The embedded cluster cannot listen on {host}:{port}: {error.strerror}. Choose "
                "another port, or 0 for any free one."
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        handler.end_streams()
        await runner.cleanup()


def _context(secrets: Secrets) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # The ssl module reads certificates from files alone; this one is private and gone at once.
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.certificate + secrets.key)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)  # noqa: PTH108  # the name came from mkstemp as a string
    return context


class _Handler:
    """Hands each HTTP request to the server, and its answer back."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._streams: dict[asyncio.Task[Any], None] = {}

    def end_streams(self) -> None:
        """Break off every watch and followed log; they would go on for ever."""
        for task in list(self._streams):
            task.cancel()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await _body(request) if request.can_read_body else None
        answer = await self._answer(
            Request(
                method=request.method,
                path=request.rel_url.raw_path,
                query=tuple(request.rel_url.query.items()),
                headers=tuple(request.headers.items()),
                body=body,
                content_type=request.headers.get("content-type", JSON),
                accept=request.headers.get("accept", JSON),
            )
        )
        if isinstance(answer, Response):
            return web.Response(status=answer.status, headers=answer.headers, body=answer.body)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is handled in a task")
        self._streams[task] = None
        try:
            return await self._stream(request, answer)
        finally:
            del self._streams[task]

    async def _answer(self, request: Request) -> Response | Stream:
        """Return the server's answer; a fault in it is an answer too, and is reported."""
        try:
            return await self._server.handle(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client must hear of it
            asyncio.get_running_loop().call_exception_handler(
                {
                    "message": f"The embedded API server failed at {request.method} {request.path}",
                    "exception": error,
                }
            )
            return refused(internal(f"Internal error occurred: {type(error).__name__}: {error}"))

    async def _stream(self, request: web.BaseRequest, answer: Stream) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        async with aclosing(_generator(answer)) as chunks:
            try:
                async for chunk in chunks:
                    await response.write(chunk)
                await response.write_eof()
            except ConnectionError:
                # The client hung up; the end of the block ends its watch.
                return response
        return response


async def _body(request: web.BaseRequest) -> bytes:
    """Read a request's body, of one that is too large only enough to see that it is."""
    pieces = []
    size = 0
    async for piece in request.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > LIMIT:
            break
    return b"".join(pieces)


async def _generator(answer: Stream) -> AsyncGenerator[bytes]:
    try:
        async for chunk in answer.chunks:
            yield chunk
    finally:
        if isinstance(answer.chunks, AsyncGenerator):
            # Closing must finish even when the connection's task is being cancelled.
            await asyncio.shield(answer.chunks.aclose())
