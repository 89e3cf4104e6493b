"""A transport that counts what passes: how many requests a sync takes, and how many are tries."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from tenter.kube import Request, Response, Stream, Transport


class CountingTransport:
    """Carries requests over ``inner``.

    ``requests`` counts those sent, ``dry_runs`` those among them that only try, ``streams`` the
    watches.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.requests = 0
        self.dry_runs = 0
        self.streams = 0

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """Return the answer; see :class:`tenter.kube.requests.Transport`."""
        self.requests += 1
        self.dry_runs += ("dryRun", "All") in request.query
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
