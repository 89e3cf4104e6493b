from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tenter.cli.running import run


@pytest.fixture
def collector() -> Iterator[tuple[int, ...]]:
    before = gc.get_threshold()
    yield before
    gc.unfreeze()
    gc.set_threshold(*before)


def test_a_command_lets_the_garbage_collector_run_seldom(collector: tuple[int, ...]) -> None:
    async def work() -> tuple[int, ...]:
        return gc.get_threshold()

    assert run(work())[0] > 10 * collector[0]
    assert gc.get_freeze_count() > 0
