"""What really happened on a real control plane: every change of its store, in the store's order.

A watch of the API tells of one kind, without the state before, and not in order with the watches of
other kinds. The store behind the API server tells all three: etcd's own watch, over its JSON
gateway. The API server must keep its objects as JSON for that.
"""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from tenter.errors import ClusterUnreachable
from tenter.manifests import Manifest

OnStep = Callable[[str, Manifest | None, Manifest], None]
_EVERYTHING = base64.b64encode(b"\0").decode()
_MARKERS = b"/tenter.dev/markers/"


class History:
    """Follows the store at ``url`` while the block lasts; all that is told happened since.

    ``told`` is called with the verb (``create``, ``update``, ``delete``), the object before and the
    object after; for a deletion the latter is its last state.
    """

    def __init__(self, url: str, told: OnStep) -> None:
        self.live: dict[str, Manifest] = {}
        """The objects that were created since, by their key in the store."""
        self._url = url
        self._told = told
        self._stack = AsyncExitStack()
        self._marks: dict[bytes, asyncio.Event] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            timeout = aiohttp.ClientTimeout(total=None, connect=10)
            self._session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            wanted = {"key": _EVERYTHING, "range_end": _EVERYTHING, "prev_kv": True}
            response = await stack.enter_async_context(
                self._session.post(f"{self._url}/v3/watch", json={"create_request": wanted})
            )
            created = msgspec.json.decode(await response.content.readuntil(b"\n"))
            if not created["result"].get("created"):
                raise ClusterUnreachable(f"the store at {self._url} gives no watch: {created}")
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            following = tasks.create_task(self._follow(response), name="history")
            stack.callback(following.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)
        await asyncio.sleep(0)  # the connections close in the loop's next turn

    async def caught_up(self) -> None:
        """Return once everything that was written before this call has been told."""
        key = _MARKERS + uuid.uuid4().hex.encode()
        seen = self._marks[key] = asyncio.Event()
        body = {"key": base64.b64encode(key).decode(), "value": ""}
        async with self._session.post(f"{self._url}/v3/kv/put", json=body) as answer:
            answer.raise_for_status()
        async with asyncio.timeout(30):
            await seen.wait()

    async def _follow(self, response: aiohttp.ClientResponse) -> None:
        buffered = bytearray()
        async for chunk in response.content.iter_any():
            buffered += chunk
            *lines, rest = bytes(buffered).split(b"\n")
            buffered = bytearray(rest)
            for line in lines:
                for event in msgspec.json.decode(line)["result"].get("events") or ():
                    self._happened(event)
        raise ClusterUnreachable(f"the store at {self._url} ended its watch")

    def _happened(self, event: dict[str, Any]) -> None:
        key = base64.b64decode(event["kv"]["key"])
        mark = self._marks.pop(key, None)
        if mark is not None:
            mark.set()
            return
        place = key.decode()
        before = _object(event.get("prev_kv"))
        if event.get("type") == "DELETE":
            self.live.pop(place, None)
            if before is not None:
                self._told("delete", before, _without_finalizers(before))
            return
        after = _object(event["kv"])
        if after is None:
            return
        if before is None or place in self.live:
            self.live[place] = after
        self._told("create" if before is None else "update", before, after)


def _object(pair: dict[str, Any] | None) -> Manifest | None:
    """Return the object that the store holds; None for what is not one."""
    if pair is None or "value" not in pair:
        return None
    found = msgspec.json.decode(base64.b64decode(pair["value"]))
    if not isinstance(found, dict) or not (found.get("metadata") or {}).get("name"):
        return None
    return found


def _without_finalizers(last: Manifest) -> Manifest:
    """Return the object as it was when it went.

    Whoever takes the last finalizer from an object that is being deleted deletes it by that: the
    API server removes it in the same step, and the store never holds it without finalizers.
    """
    metadata = {name: value for name, value in last["metadata"].items() if name != "finalizers"}
    return {**last, "metadata": metadata}
