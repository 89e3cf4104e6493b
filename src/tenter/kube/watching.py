"""Reads a watch stream: bytes cut anywhere, into events.

The server sends one JSON document a line. An ``ERROR`` event is raised as the exception its Status
stands for, so that a caller sees one kind of failure whether it came before or within the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec

from tenter.errors import ClusterTimeout, ServerFault
from tenter.kube.answers import error_of_status
from tenter.kube.requests import Request
from tenter.manifests import Manifest

# A server that ends its streams in time is given this long beyond it before it counts as gone.
_GRACE = 30.0


class WatchEvent(msgspec.Struct, frozen=True):
    """``type`` is ADDED, MODIFIED, DELETED (the object's last state) or BOOKMARK.

    A bookmark's object has nothing but its kind and ``metadata.resourceVersion``: all before that
    version has been told.
    """

    type: str
    object: Manifest


class _Line(msgspec.Struct):
    type: str
    object: dict[str, Any]


_decoder = msgspec.json.Decoder(_Line)


async def read_watch(
    request: Request, chunks: AsyncIterator[bytes], timeout_seconds: int
) -> AsyncGenerator[WatchEvent, None]:
    """Yield the events in ``chunks`` until the stream ends.

    Raises the fitting ApiError for an ERROR event, ServerFault for a line that is no event, and
    ClusterTimeout when the stream outlives the time the server was to end it after.
    """
    where = f"watching {request.path}"
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_seconds + _GRACE
    pending: list[bytes] = []
    try:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            head, newline, rest = chunk.partition(b"\n")
            pending.append(head)
            if not newline:
                continue
            lines = [b"".join(pending), *rest.split(b"\n")]
            pending = [lines.pop()]
            for line in lines:
                if line.strip():
                    yield _read_line(line, where)
    except TimeoutError as error:
        raise ClusterTimeout(
            f"{where}: the server neither ended the stream after {timeout_seconds} s nor went on; "
            "the connection is taken for dead"
        ) from error
    last = b"".join(pending)
    if last.strip():
        yield _read_line(last, where)


def _read_line(line: bytes, where: str) -> WatchEvent:
    try:
        event = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ServerFault(
            f"{where}: the stream holds what is no event ({error})", code=500
        ) from error
    if event.type == "ERROR":
        raise error_of_status(event.object, where)
    metadata = event.object.get("metadata")
    if not isinstance(metadata, dict) or not (event.type == "BOOKMARK" or metadata.get("name")):
        raise ServerFault(
            f"{where}: the stream holds an {event.type} event without an object's name", code=500
        )
    return WatchEvent(event.type, event.object)
