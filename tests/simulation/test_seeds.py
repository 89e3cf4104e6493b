"""Three hundred random applications, histories and troubles, none of which breaks a promise."""

from __future__ import annotations

import pytest

from tests.simulation.reporting import run_seeds

_BATCH = 25


@pytest.mark.parametrize("first", range(0, 300, _BATCH))
def test_every_promise_holds_whatever_goes_wrong(first: int) -> None:
    summary = run_seeds(first, _BATCH)
    assert summary.failures == []
    assert summary.below_floors() == []
