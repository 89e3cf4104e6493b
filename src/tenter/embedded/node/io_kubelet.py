"""Serves containers' logs to a foreign API server, as a kubelet does.

The embedded API server asks the node in memory and needs none of this. Another one connects to the
address and port in the Node's status, and asks ``/containerLogs/NAMESPACE/POD/CONTAINER``. Anybody
who can connect may ask, unless ``client_authority`` says who: so it listens on loopback.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from tenter.embedded.io_certificates import new_secrets
from tenter.embedded.node.node import Node
from tenter.embedded.timestamps import parse_time


@asynccontextmanager
async def serve_kubelet(
    node: Node,
    now: Callable[[], float],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    client_authority: str | None = None,
) -> AsyncIterator[int]:
    """Serve the logs of ``node`` over TLS while the block lasts, and tell the cluster the port.

    ``now`` returns Unix seconds. ``client_authority`` is the PEM text of the CA whose certificates
    a client must show; None asks for none. Yields the port.
    """

    async def logs(request: web.Request) -> web.StreamResponse:
        place, query = request.match_info, request.query
        since = parse_time(query.get("sinceTime"))
        if query.get("sinceSeconds", "").isdecimal():
            since = now() - int(query["sinceSeconds"])
        tail = query.get("tailLines", "")
        pieces = node.logs(
            place["namespace"],
            place["pod"],
            place["container"],
            tail_lines=int(tail) if tail.isdecimal() else None,
            follow=query.get("follow") == "true",
            previous=query.get("previous") == "true",
            timestamps=query.get("timestamps") == "true",
            since=since,
        )
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        try:
            first = await anext(pieces, b"")
        except LookupError as error:
            return web.Response(status=404, text=str(error.args[0]))
        with suppress(ConnectionResetError):  # who asked may have gone
            await response.prepare(request)
            await response.write(first)
            async for piece in pieces:
                await response.write(piece)
            await response.write_eof()
        return response

    application = web.Application()
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", logs)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=_context(now(), client_authority))
        await site.start()
        bound = int(runner.addresses[0][1])
        await node.advertise(bound)
        yield bound
    finally:
        await runner.cleanup()


def _context(now: float, client_authority: str | None) -> ssl.SSLContext:
    secrets = new_secrets(now)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=client_authority)
    if client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    # The ssl module reads a server's certificate from files alone; these are gone at once.
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = Path(directory, "crt"), Path(directory, "key")
        certificate.write_bytes(secrets.certificate)
        key.write_bytes(secrets.key)
        context.load_cert_chain(certificate, key)
    return context
