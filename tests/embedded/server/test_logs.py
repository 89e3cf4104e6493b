"""Logs of containers that the node knows nothing of, as after its restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tenter.embedded.podaccess import read_log
from tenter.embedded.statuses import Refusal
from tenter.embedded.store import Stored
from tenter.kube.requests import Stream

POD = Stored(
    {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [{"name": "main"}]},
    },
    1,
)


async def _no_log(*_: str, **how: Any) -> AsyncIterator[bytes]:
    if "timestamps" in how:
        raise LookupError("it has not run here")
    yield b"never asked like this"


async def test_a_followed_log_that_the_node_has_not_just_ends() -> None:
    answer = await read_log(POD, {"follow": "true"}, _no_log, 0.0)
    assert isinstance(answer, Stream)
    assert [chunk async for chunk in answer.chunks] == []


async def test_a_log_that_the_node_has_not_is_refused_with_its_reason() -> None:
    with pytest.raises(Refusal, match="it has not run here"):
        await read_log(POD, {}, _no_log, 0.0)
