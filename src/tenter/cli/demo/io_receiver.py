"""A Slack of our own: takes what the notification hooks post, and shows that it arrived.

It listens on loopback only, on a port the system chooses, and only while the demo runs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable

from aiohttp import web

_LARGEST_MESSAGE = 64 * 1024


class Receiver:
    """What arrived so far, and where to post to."""

    def __init__(self, on_message: Callable[[str], None]) -> None:
        self.messages: list[str] = []
        self.url = ""
        self._on_message = on_message

    async def receive(self, request: web.Request) -> web.Response:
        """Take one message, as Slack's incoming webhooks do: a form with ``payload``, or JSON."""
        try:
            if request.content_type == "application/json":
                payload = await request.json()
            else:
                payload = json.loads(str((await request.post()).get("payload", "")))
            text = str(payload["text"])
            channel = str(payload.get("channel", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.Response(status=400, text="invalid_payload")
        message = f"{channel}: {text}" if channel else text
        self.messages.append(message)
        self._on_message(message)
        return web.Response(text="ok")


@contextlib.asynccontextmanager
async def slack_receiver(on_message: Callable[[str], None]) -> AsyncIterator[Receiver]:
    """Listen while the context lasts; ``on_message`` is called with each message's text."""
    receiver = Receiver(on_message)
    application = web.Application(client_max_size=_LARGEST_MESSAGE)
    application.router.add_post("/{path:.*}", receiver.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        receiver.url = f"http://127.0.0.1:{port}/services/demo"
        yield receiver
    finally:
        await runner.cleanup()
