from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kube.scripted import (
    CONFIG_MAPS,
    Script,
    ScriptedTransport,
    client_of,
    config_map,
    event_line,
    query_of,
    refusal,
    run,
)

from tenter import errors
from tenter.kube import WatchEvent

A, B = config_map("a", "1"), config_map("b", "2", note="zwei\nZeilen, ü")
WIRE = event_line("ADDED", A) + event_line("MODIFIED", B)


def watch(transport: ScriptedTransport) -> list[WatchEvent]:
    async def read() -> list[WatchEvent]:
        stream = client_of(transport).watch(CONFIG_MAPS, "shop", resource_version="1")
        async with aclosing(stream) as events:
            return [event async for event in events]

    return run(read())


@given(cuts=st.lists(st.integers(0, len(WIRE)), max_size=8))
def test_events_are_read_however_the_bytes_are_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WIRE)]
    pieces = [WIRE[start:end] for start, end in pairwise(places)]
    script = Script().say(*pieces).end()
    events = watch(ScriptedTransport(streams=(script,)))
    assert [(event.type, event.object) for event in events] == [("ADDED", A), ("MODIFIED", B)]


def test_a_last_event_needs_no_newline() -> None:
    script = Script().say(WIRE.rstrip(b"\n")).end()
    assert len(watch(ScriptedTransport(streams=(script,)))) == 2


def test_an_empty_stream_has_no_events() -> None:
    assert watch(ScriptedTransport(streams=(Script().say(b"\n").end(),))) == []


def test_a_watch_begins_at_the_version_it_is_given() -> None:
    transport = ScriptedTransport(streams=(Script().end(),))
    watch(transport)
    assert query_of(transport.opened[0])["resourceVersion"] == "1"


def test_a_version_too_old_is_expired_when_the_watch_is_opened() -> None:
    with pytest.raises(errors.Expired):
        watch(ScriptedTransport(streams=(refusal(410, "Expired"),)))


def test_a_version_too_old_is_expired_within_the_stream_too() -> None:
    status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    with pytest.raises(errors.Expired, match="too old"):
        watch(ScriptedTransport(streams=(Script().event("ERROR", status),)))


def test_a_stream_that_breaks_is_told_as_it_is() -> None:
    with pytest.raises(errors.ClusterUnreachable, match="broke"):
        watch(ScriptedTransport(streams=(Script().event("ADDED", A).broken(),)))


def test_a_stream_of_something_else_is_the_servers_fault() -> None:
    with pytest.raises(errors.ServerFault, match="no event"):
        watch(ScriptedTransport(streams=(Script().say(b"<html>\n"),)))


def test_a_stream_that_outlives_its_time_is_taken_for_dead() -> None:
    with pytest.raises(errors.ClusterTimeout, match="taken for dead"):
        watch(ScriptedTransport(streams=(Script(),)))


def test_leaving_a_watch_closes_its_stream() -> None:
    script = Script().event("ADDED", A)

    async def leave() -> None:
        transport = ScriptedTransport(streams=(script,))
        async with aclosing(client_of(transport).watch(CONFIG_MAPS)) as events:
            await anext(events)

    run(leave())
    assert script.closed
