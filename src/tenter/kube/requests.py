"""An API request, its answer, and what carries them.

A request is a value: building one touches no network. Two transports carry them, HTTP
(``io_http``) and the embedded cluster's in-memory one; both see exactly the same bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

JSON = "application/json"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One API request. ``path`` starts with ``/``; ``query`` is not yet encoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = JSON
    accept: str = JSON


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer; header names are in lower case."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""


class Stream(msgspec.Struct, kw_only=True):
    """An answer whose body arrives piece by piece (a watch, a followed log).

    ``chunks`` yields bytes as they come, cut anywhere; it ends when the server closes, and raises
    ``ClusterUnreachable`` when the connection breaks. Where ``status`` is not 200 the chunks are
    the error's body.
    """

    status: int
    headers: dict[str, str] = {}
    chunks: AsyncIterator[bytes]


class Transport(Protocol):
    """Carries requests to one API server and knows its credentials."""

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - the transport knows what to abandon
        """Return the answer, whatever its status.

        ``timeout`` is in seconds, for the whole exchange. Raises ``ClusterTimeout`` when it
        passes and ``ClusterUnreachable`` when no answer came.
        """
        ...

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        """Open a streamed answer; ``timeout`` bounds the time until its headers came."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
