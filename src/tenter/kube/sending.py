"""Sends requests so that a passing fault stays unseen: bounded, timed, repeated where harmless.

Which requests may be repeated after a fault that leaves open whether they were carried out (a
broken connection, a 5xx) their builder knows: reads, deletions, PUTs, applies and merge patches,
since doing them twice is doing them once; creations of a fixed name, since the second finds the
first; JSON patches that begin with a ``test``. A generated name is never created twice. A 429 was
not carried out, so anything is repeated after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenter import errors
from tenter.environment import Environment
from tenter.kube import answers
from tenter.kube.backoff import Backoff
from tenter.kube.limiter import Limiter
from tenter.kube.requests import Request, Response, Transport

# A server that asks for a longer wait than this, in seconds, is taken at its word: it has refused.
_PATIENCE = 60.0


class Sender:
    """Sends over ``transport``: at most ``concurrency`` at once, each at most ``tries`` times.

    ``timeout`` bounds each try, in seconds.
    """

    def __init__(
        self,
        transport: Transport,
        environment: Environment,
        *,
        timeout: float,
        tries: int,
        concurrency: int,
    ) -> None:
        self._transport = transport
        self._environment = environment
        self._timeout = timeout
        self._tries = tries
        self.limiter = Limiter(concurrency)

    async def send(self, request: Request, *, repeatable: bool = True) -> Response:
        """Return the answer to ``request``, which may be an error.

        ``repeatable`` says whether doing it twice is as good as once. Raises
        ClusterUnreachable and CredentialError.
        """
        backoff = Backoff(self._environment.random)
        for tries_left in range(self._tries - 1, -1, -1):
            asked: float | None = None
            async with self.limiter.place() as epoch:
                try:
                    response = await self._transport.send(request, timeout=self._timeout)
                except errors.ClusterUnreachable:
                    if not (repeatable and tries_left):
                        raise
                else:
                    if response.status == 429:
                        self.limiter.refused(epoch)
                    else:
                        self.limiter.answered()
                    if not tries_left or not _may_repeat(request, response, repeatable=repeatable):
                        return response
                    asked = answers.retry_after(
                        answers.error_of(request, response.status, response.body, response.headers)
                    )
            if asked is not None and asked > _PATIENCE:
                return response
            await asyncio.sleep(backoff.delay(asked))
        raise AssertionError("a request is sent at least once")

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a streamed answer and yield its chunks; it counts against no bound.

        Raises the fitting ApiError where the server refuses it. Nothing is repeated.
        """
        async with self._transport.stream(request, timeout=self._timeout) as stream:
            if stream.status != 200:
                body = await _drain(stream.chunks, self._timeout)
                raise answers.error_of(request, stream.status, body, stream.headers)
            yield stream.chunks

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def _may_repeat(request: Request, response: Response, *, repeatable: bool) -> bool:
    if response.status == 429:
        return True
    if response.status < 500 or not repeatable:
        return False
    # What the object itself causes is answered with 500 as well, and trying again cannot help.
    error = answers.error_of(request, response.status, response.body)
    return isinstance(error, errors.ServerFault) and response.status != 501


async def _drain(chunks: AsyncIterator[bytes], seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return b"".join([chunk async for chunk in chunks])
    except TimeoutError as error:
        raise errors.ClusterTimeout(
            f"the server began to refuse a stream and did not end its answer within {seconds} s"
        ) from error
