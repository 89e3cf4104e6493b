"""What containers printed: kept in bounded rings, followed by whoever reads along.

A log keeps the latest ``limit`` bytes, in whole lines, and the run before the present one beside
it. It knows no Pod's fate; the node forgets a Pod's logs with the Pod.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import msgspec

from tenter.embedded.timestamps import format_time

LOG_LIMIT = 1 << 20
_LINE_LIMIT = 16 << 10
"""A line without an end is cut here, as container runtimes do."""


class _Line(msgspec.Struct, frozen=True):
    number: int
    time: float
    text: bytes


class ContainerLog:
    """The output of one run of one container."""

    def __init__(self, limit: int = LOG_LIMIT) -> None:
        self._limit = limit
        self._lines: deque[_Line] = deque()
        self._size = 0
        self._next = 0
        self._partial = b""
        self._closed = False
        self._news = asyncio.Event()

    def write(self, data: bytes, now: float) -> None:
        """Add output printed at ``now`` (Unix seconds); a line is told once it is whole."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._add(line + b"\n", now)
        while len(self._partial) > _LINE_LIMIT:
            self._add(self._partial[:_LINE_LIMIT], now)
            self._partial = self._partial[_LINE_LIMIT:]

    def close(self, now: float) -> None:
        """Note that nothing more will be printed."""
        if self._partial:
            self._add(self._partial, now)
            self._partial = b""
        self._closed = True
        self._wake()

    def _add(self, text: bytes, now: float) -> None:
        self._lines.append(_Line(self._next, now, text))
        self._next += 1
        self._size += len(text)
        while self._size > self._limit and len(self._lines) > 1:
            self._size -= len(self._lines.popleft().text)
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def read(
        self,
        *,
        tail_lines: int | None = None,
        follow: bool = False,
        timestamps: bool = False,
        since: float | None = None,
    ) -> AsyncIterator[bytes]:
        """Yield what is kept in pieces, and with ``follow`` what comes until the run ends.

        ``since`` is in Unix seconds.
        """
        first = 0
        if tail_lines is not None:
            first = self._next - min(tail_lines, len(self._lines))
        while True:
            news, closed = self._news, self._closed
            piece = b"".join(
                (format_time(line.time).encode() + b" " if timestamps else b"") + line.text
                for line in self._lines
                if line.number >= first and (since is None or line.time >= since)
            )
            first = self._next
            if piece:
                yield piece
            if closed or not follow:
                return
            await news.wait()

    def tail(self, lines: int) -> str:
        """Return the last ``lines`` lines as text."""
        kept = list(self._lines)[-lines:]
        return b"".join(line.text for line in kept).decode(errors="replace")


class PodLogs:
    """The logs of all containers on a node."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], dict[str, list[ContainerLog]]] = {}
        self._uids: dict[tuple[str, str], str] = {}

    def keep(self, namespace: str, pod: str, uid: str, container: str, log: ContainerLog) -> None:
        """Take in the log of a new run; that of the run before stays readable as previous."""
        place = (namespace, pod)
        if self._uids.get(place) != uid:
            self._logs[place] = {}
            self._uids[place] = uid
        runs = self._logs[place].setdefault(container, [])
        runs.append(log)
        del runs[:-2]

    def forget(self, namespace: str, pod: str, uid: str) -> None:
        """Drop the logs of a Pod that is gone."""
        if self._uids.get((namespace, pod)) == uid:
            del self._uids[namespace, pod]
            del self._logs[namespace, pod]

    def find(
        self, namespace: str, pod: str, container: str, *, previous: bool = False
    ) -> ContainerLog:
        """Return a run's log.

        Raises LookupError where the container has not run (``previous``: not twice).
        """
        runs = self._logs.get((namespace, pod), {}).get(container, [])
        if previous:
            if len(runs) < 2:
                raise LookupError(
                    f'previous terminated container "{container}" in pod "{pod}" not found'
                )
            return runs[-2]
        if not runs:
            raise LookupError(
                f'container "{container}" in pod "{pod}" is waiting to start: ContainerCreating'
            )
        return runs[-1]
