"""What an operation owes is done although the API server is away for a while."""

from __future__ import annotations

import asyncio

import pytest
from tests.simulation.virtual_loop import run

from tenter.errors import ClusterUnreachable, Forbidden
from tenter.runner.outages import LONGEST_OUTAGE, outlasting_outages


class Server:
    """Is away until ``back`` (seconds)."""

    def __init__(self, back: float) -> None:
        self.back = back

    async def call(self) -> float:
        now = asyncio.get_running_loop().time()
        if now < self.back:
            raise ClusterUnreachable("away")
        return now


def test_a_call_is_repeated_until_the_server_is_back() -> None:
    assert 60 <= run(outlasting_outages(Server(60.0).call)) < 75


def test_an_outage_without_end_is_given_up() -> None:
    with pytest.raises(ClusterUnreachable):
        run(outlasting_outages(Server(10 * LONGEST_OUTAGE).call))


def test_a_refusal_is_no_outage() -> None:
    calls = []

    async def refuse() -> None:
        calls.append(1)
        raise Forbidden("no", code=403)

    with pytest.raises(Forbidden):
        run(outlasting_outages(refuse))
    assert len(calls) == 1
