"""Runs the suite in virtual time on the clusters that ``cluster`` names."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

from tests.behaviour.fixtures import application, cluster, grounds
from tests.behaviour.virtual_time import VirtualTimeLoop

__all__ = ["application", "cluster", "grounds"]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}
