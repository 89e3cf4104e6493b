from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tenter.cli.running import run

USUAL = (700, 10, 10)


@pytest.fixture
def usual_collector() -> Iterator[None]:
    before = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(*USUAL)
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("usual_collector")
def test_a_command_lets_the_garbage_collector_run_seldom() -> None:
    async def work() -> tuple[int, ...]:
        return gc.get_threshold()

    assert run(work())[0] > 10 * USUAL[0]
    assert gc.get_freeze_count() > 0
