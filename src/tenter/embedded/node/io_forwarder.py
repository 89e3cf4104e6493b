"""Services made reachable without a kernel proxy: a listener for each, on a loopback address.

A connection to the Service's port is passed on to a ready Pod behind it, chosen in turn. Where the
port cannot be listened on (a low one, or two Services sharing one address), another is taken; the
variables of Pods tell the true one. TCP only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from tenter.embedded.node.variables import Address
from tenter.manifests import Manifest

Backends = Callable[[Manifest, int], list[tuple[str, int]]]
"""Finds the ready Pods' (address, port) behind a port of a Service."""

_CONNECT_SECONDS = 5.0
_CHUNK = 1 << 16


class Forwarder:
    """Listens for one Service at ``host``; use ``open``, ``update`` and ``aclose``."""

    def __init__(self, service: Manifest, host: str, backends: Backends) -> None:
        self._service = service
        self._host = host
        self._backends = backends
        self._servers: dict[int, asyncio.Server] = {}
        self._connections: dict[asyncio.Task[None], None] = {}
        self._turn = 0

    @property
    def address(self) -> Address:
        """Where the Service is reached now."""
        return Address(
            self._host,
            {
                port: server.sockets[0].getsockname()[1]
                for port, server in self._servers.items()
                if server.sockets
            },
        )

    async def update(self, service: Manifest) -> None:
        """Listen on the ports that ``service`` has now, and no longer on others."""
        self._service = service
        wanted = [
            port["port"]
            for port in (service.get("spec") or {}).get("ports") or ()
            if port.get("protocol", "TCP") == "TCP"
        ]
        for port in [port for port in self._servers if port not in wanted]:
            self._servers.pop(port).close()
        for port in wanted:
            if port not in self._servers:
                self._servers[port] = await self._listen(port)

    async def _listen(self, port: int) -> asyncio.Server:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(self._serve(port, reader, writer))
            self._connections[task] = None
            task.add_done_callback(self._connections.pop)

        try:
            return await asyncio.start_server(accept, self._host, port)
        except OSError:
            return await asyncio.start_server(accept, self._host, 0)

    async def _serve(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            found = await self._connect(port)
            if found is None:
                # What a proxy without a backend does: refuse, at once.
                writer.transport.abort()
                return
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(reader, found[1]))
                    group.create_task(_pump(found[0], writer))
            finally:
                await _close(found[1])
        finally:
            await _close(writer)

    async def _connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        backends = self._backends(self._service, port)
        self._turn += 1
        for number in range(len(backends)):
            host, target = backends[(self._turn + number) % len(backends)]
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(host, target)
        return None

    async def aclose(self) -> None:
        """Stop listening and cut every connection."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on bytes until their end, then say that no more come."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        # One side went away; the other is to see the same.
        writer.close()
