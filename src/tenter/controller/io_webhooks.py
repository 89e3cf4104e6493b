"""Takes in webhooks of Git servers: so many, so large, and only with the secret.

What a request says is ``argoproj.pushes``' to judge. An answer never tells which Applications or
repositories there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from aiohttp import web

from tenter.argoproj import Push, WebhookSecrets, provider_of, read_push
from tenter.errors import UsageError, WebhookRefused

log = structlog.get_logger(__name__)

PATH = "/api/webhook"
"""Where Argo CD takes webhooks too, so that what Git servers have been told stays true."""
LARGEST = 1024 * 1024
"""Bytes of a request's body."""
RATE = 10.0
BURST = 60
"""Requests taken in a second, and at once after a silence."""


class RateLimit:
    """A bucket that fills with ``rate`` permits a second, up to ``burst``."""

    def __init__(self, rate: float = RATE, burst: int = BURST) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._permits = float(burst)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Take a permit at ``now`` (seconds on a clock that only goes forward), if there is one."""
        if self._at is not None:
            self._permits = min(self._burst, self._permits + (now - self._at) * self._rate)
        self._at = now
        if self._permits < 1:
            return False
        self._permits -= 1
        return True


class Webhooks:
    """The endpoint. ``secrets`` returns those of now; ``pushed`` is told of each genuine push.

    ``counted`` is told of each request's provider and outcome, for metrics.
    """

    def __init__(
        self,
        secrets: Callable[[], WebhookSecrets],
        pushed: Callable[[Push], None],
        counted: Callable[[str, str], None],
    ) -> None:
        self._secrets = secrets
        self._pushed = pushed
        self._counted = counted
        self._limit = RateLimit()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        provider = provider_of(headers) or "unknown"
        status, told = await self._answer(request, headers)
        self._counted(provider, str(status))
        if status >= 400:
            log.warning("webhook refused", provider=provider, status=status, reason=told)
        return web.Response(status=status, text=f"{told}\n")

    async def _answer(self, request: web.Request, headers: dict[str, str]) -> tuple[int, str]:
        secrets = self._secrets()
        if not secrets:
            return 404, "there is no webhook here: no secret is set for one"
        if not self._limit.take(asyncio.get_running_loop().time()):
            return 429, "too many requests; wait a moment"
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return 413, f"the request is larger than {LARGEST} bytes"
        try:
            push = read_push(headers, body, secrets)
        except WebhookRefused as error:
            return 403, str(error)
        except UsageError as error:
            return 400, str(error)
        if push is None:
            return 200, "nothing to do for this event"
        self._pushed(push)
        return 202, "looking at the repository"
