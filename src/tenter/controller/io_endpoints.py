"""What the controller serves: metrics, whether it lives and is ready, and webhooks.

Plain HTTP, on the loopback interface unless told otherwise; who wants more puts an Ingress before
it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

from aiohttp import web

from tenter.controller.io_webhooks import LARGEST, PATH, Webhooks
from tenter.controller.listening import Address
from tenter.controller.metrics import CONTENT_TYPE, Metrics
from tenter.errors import UsageError

_Handler = Callable[[web.Request], Awaitable[web.Response]]
_GRACE = 1.0
"""Seconds that open requests have to end when serving does."""


@contextlib.asynccontextmanager
async def serve_endpoints(
    address: Address,
    metrics: Metrics,
    ready: Callable[[], str],
    webhooks: Webhooks | None = None,
) -> AsyncGenerator[int]:
    """Serve until the end of the block; gives the port (0 asks for a free one).

    ``ready`` returns why the controller is not ready, empty when it is. Raises ``UsageError`` where
    the address cannot be had.
    """
    application = web.Application(client_max_size=LARGEST)
    application.router.add_get("/metrics", _metrics(metrics))
    application.router.add_get("/healthz", _healthy)
    application.router.add_get("/readyz", _readiness(ready))
    if webhooks is not None:
        application.router.add_post(PATH, webhooks.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            raise UsageError(
                f"the controller cannot listen on {address}: {error.strerror}; choose another "
                "address with --listen HOST:PORT"
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _healthy(_: web.Request) -> web.Response:
    # Who answers has a loop that turns; that is all a restart could mend.
    return web.Response(text="ok\n")


def _readiness(ready: Callable[[], str]) -> _Handler:
    async def answer(_: web.Request) -> web.Response:
        why = ready()
        return web.Response(status=503 if why else 200, text=f"{why or 'ok'}\n")

    return answer


def _metrics(metrics: Metrics) -> _Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return answer
