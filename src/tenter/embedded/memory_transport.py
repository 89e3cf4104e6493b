"""Reaches an embedded API server without a network: the same requests, answers and bytes.

Nothing is awaited that the server does not await itself, so that client and server on one loop
run in a fixed order, as the simulator needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tenter.embedded.access import ADMIN, Identity
from tenter.embedded.server import ApiServer
from tenter.errors import ClusterTimeout, ClusterUnreachable
from tenter.kube.requests import Request, Response, Stream


class MemoryTransport:
    """Carries requests to ``server`` as ``identity``, which needs no token here."""

    def __init__(self, server: ApiServer, identity: Identity = ADMIN) -> None:
        self._server = server
        self._identity = identity
        self._closed = False

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """Return the answer; see :class:`tenter.kube.requests.Transport`."""
        self._check()
        try:
            async with asyncio.timeout(timeout):
                answer = await self._server.handle(request, self._identity)
                if isinstance(answer, Response):
                    return answer
                body = b"".join([chunk async for chunk in answer.chunks])
                return Response(status=answer.status, headers=answer.headers, body=body)
        except TimeoutError as error:
            raise ClusterTimeout(
                f"The embedded cluster did not answer {request.method} {request.path} within "
                f"{timeout:g} s."
            ) from error

    @asynccontextmanager
    async def stream(
        self,
        request: Request,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncGenerator[Stream]:
        """Open a streamed answer; see :class:`tenter.kube.requests.Transport`."""
        self._check()
        try:
            async with asyncio.timeout(timeout):
                answer = await self._server.handle(request, self._identity)
        except TimeoutError as error:
            raise ClusterTimeout(
                f"The embedded cluster did not answer {request.method} {request.path} within "
                f"{timeout:g} s."
            ) from error
        if isinstance(answer, Response):
            answer = Stream(
                status=answer.status, headers=answer.headers, chunks=_whole(answer.body)
            )
        try:
            yield answer
        finally:
            if isinstance(answer.chunks, AsyncGenerator):
                await answer.chunks.aclose()

    async def aclose(self) -> None:
        """Refuse further requests."""
        self._closed = True

    def _check(self) -> None:
        if self._closed:
            raise ClusterUnreachable("This connection to the embedded cluster is closed.")
        if self._server.closed:
            raise ClusterUnreachable(
                "The embedded cluster has stopped. Start it again to go on with it."
            )


async def _whole(body: bytes) -> AsyncGenerator[bytes]:
    yield body
