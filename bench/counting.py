"""A transport that counts what passes, to show how many requests a sync takes."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from tenter.kube import Request, Response, Stream, Transport


class CountingTransport:
    """Carries requests over ``inner``; ``requests`` counts those sent, ``streams`` the watches."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.requests = 0
        self.streams = 0

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """Return the answer; see :class:`tenter.kube.requests.Transport`."""
        self.requests += 1
        return await self._inner.send(request, timeout=timeout)

    def stream(
        self,
        request: Request,
        *,
        timeout: float,
    ) -> AbstractAsyncContextManager[Stream]:
        """Open a streamed answer; see :class:`tenter.kube.requests.Transport`."""
        self.streams += 1
        return self._inner.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._inner.aclose()
