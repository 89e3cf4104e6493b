"""Runs these tests over real sockets and TLS, in time that never makes anybody wait."""

from __future__ import annotations

import selectors
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

from tests.behaviour import virtual_time

_ON_ITS_WAY = 0.01
"""Real seconds in which what was sent over loopback has arrived, also on a busy machine."""


class _Selector(virtual_time._Selector):
    """Lets what is on its way between two sockets of this process arrive before time goes on."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            arrived = selectors.DefaultSelector.select(self, _ON_ITS_WAY)
            if arrived:
                return arrived
        return super().select(timeout)


class SocketTimeLoop(virtual_time.VirtualTimeLoop):
    """Virtual time, in which sockets are real."""

    selector = _Selector


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"sockets": SocketTimeLoop}
