"""Runs the suite on the cluster that ``--cluster`` names: the embedded one in virtual time.

On a real control plane time is real; a test that only Tenter's own clock makes long says so with
the mark ``long`` and is left out there.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, SelectorEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.behaviour.fixtures import application, cluster, control_plane, grounds
from tests.behaviour.virtual_time import VirtualTimeLoop

__all__ = ["application", "cluster", "control_plane", "grounds"]


def pytest_asyncio_loop_factories(
    config: pytest.Config,
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    if config.getoption("--cluster") == "real":
        return {"real": SelectorEventLoop}
    return {"virtual": VirtualTimeLoop}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--cluster") != "real":
        return
    for item in items:
        mark = item.get_closest_marker("long")
        if mark is not None:
            item.add_marker(pytest.mark.skip(reason=f"in real time: {mark.args[0]}"))
