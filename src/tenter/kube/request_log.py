"""A transport that tells of every request it carries, for ``-v``.

One line a request: method, path, query, the answer's code and reason, how long, how much. Bodies
are never told, nor headers or the server's own words, which may quote a value: so no secret can be
in a log, whatever kind it is of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlencode

import msgspec

from tenter.errors import TenterError
from tenter.kube.requests import Request, Response, Stream, Transport

Tell: TypeAlias = Callable[[str], None]
"""Gets each line, without an end of line; called from the event loop and must not block."""


class _Reason(msgspec.Struct):
    reason: str = ""


class LoggedTransport:
    """Carries requests over ``transport`` and tells of each."""

    def __init__(self, transport: Transport, tell: Tell) -> None:
        self._transport = transport
        self._tell = tell

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - the transport's own contract
        """Carry a request, and tell how it went; otherwise as ``Transport.send``."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            response = await self._transport.send(request, timeout=timeout)
        except TenterError as error:
            self._tell(f"{_line(request)}: {type(error).__name__} {_since(began)}")
            raise
        size = _size(len(response.body))
        self._tell(f"{_line(request)}: {_answer(response)} {_since(began)}, {size}")
        return response

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        """Open a stream, and tell when it opens and ends; as ``Transport.stream``."""
        return self._stream(request, timeout)

    @asynccontextmanager
    async def _stream(self, request: Request, timeout: float) -> AsyncIterator[Stream]:  # noqa: ASYNC109 - as above
        began = asyncio.get_running_loop().time()
        try:
            async with self._transport.stream(request, timeout=timeout) as stream:
                self._tell(f"{_line(request)}: {stream.status} {_since(began)}, a stream")
                yield stream
        finally:
            self._tell(f"{_line(request)}: the stream ended {_since(began)}")

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def _line(request: Request) -> str:
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{request.method} {request.path}{query}"


def _answer(response: Response) -> str:
    if response.status < 400:
        return str(response.status)
    try:
        reason = msgspec.json.decode(response.body, type=_Reason).reason
    except (msgspec.DecodeError, msgspec.ValidationError):
        reason = ""
    return f"{response.status} {reason}".rstrip()


def _since(began: float) -> str:
    return f"after {(asyncio.get_running_loop().time() - began) * 1000:.0f} ms"


def _size(count: int) -> str:
    return f"{count} B" if count < 10_000 else f"{count / 1000:.0f} kB"
