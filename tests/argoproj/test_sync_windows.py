from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenter.argoproj import (
    Destination,
    SyncWindow,
    WindowVerdict,
    may_sync,
    read_application,
    read_project,
    window_faults,
    windows_of,
)

HERE = Destination(server="https://kubernetes.default.svc", name="in-cluster", namespace="shop")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


NOON = at("2026-03-10T12:00:00+00:00")


def window(kind: str, schedule: str, duration: str = "1h", **fields: Any) -> SyncWindow:
    return SyncWindow(kind=kind, schedule=schedule, duration=duration, **fields)


OPEN_DENY = window("deny", "30 11 * * *")
SHUT_DENY = window("deny", "0 20 * * *")
OPEN_ALLOW = window("allow", "30 11 * * *")
SHUT_ALLOW = window("allow", "0 20 * * *")


@pytest.mark.parametrize(
    ("windows", "allowed"),
    [
        ([], True),
        ([SHUT_DENY], True),
        ([OPEN_DENY], False),
        ([OPEN_ALLOW], True),
        ([SHUT_ALLOW], False),
        ([OPEN_ALLOW, OPEN_DENY], False),
        ([OPEN_ALLOW, SHUT_ALLOW], True),
        ([SHUT_ALLOW, SHUT_DENY], False),
        ([OPEN_ALLOW, SHUT_DENY], True),
    ],
)
def test_windows_that_deny_win_and_open_ones_allow(
    windows: list[SyncWindow], allowed: bool
) -> None:
    assert may_sync(windows, NOON, manual=False).allowed is allowed


def test_a_manual_sync_passes_where_every_blocking_window_lets_it() -> None:
    lenient = window("deny", "0 12 * * *", manual_sync=True)
    assert may_sync([lenient], NOON, manual=True).allowed
    assert not may_sync([lenient], NOON, manual=False).allowed
    assert not may_sync([lenient, OPEN_DENY], NOON, manual=True).allowed
    shut = window("allow", "0 20 * * *", manual_sync=True)
    assert may_sync([shut], NOON, manual=True).allowed
    assert not may_sync([shut, SHUT_ALLOW], NOON, manual=True).allowed


def test_a_blocked_sync_is_told_which_window_blocks_and_until_when() -> None:
    verdict = may_sync([OPEN_DENY], NOON, manual=False)
    assert verdict.message == (
        'Sync operation blocked by sync window: the deny window "30 11 * * *" for 1h is open'
    )
    assert verdict.until == at("2026-03-10T12:30:00+00:00")


def test_windows_that_follow_each_other_block_until_the_last_ends() -> None:
    windows = [OPEN_DENY, window("deny", "0 12 * * *", "2h")]
    assert may_sync(windows, NOON, manual=False).until == at("2026-03-10T14:00:00+00:00")


def test_a_sync_is_told_when_its_window_shuts() -> None:
    assert may_sync([OPEN_ALLOW], NOON, manual=False).until == at("2026-03-10T12:30:00+00:00")


def test_a_window_is_open_from_its_first_second_until_before_its_last() -> None:
    for moment, allowed in ((-1, True), (0, False), (3599, False), (3599.5, False), (3600, True)):
        verdict = may_sync([window("deny", "0 12 * * *")], NOON + moment, manual=False)
        assert verdict.allowed is allowed, moment


def test_a_window_longer_than_its_schedule_never_shuts() -> None:
    always = window("deny", "* * * * *", "8h")
    assert not may_sync([always], NOON, manual=False).allowed


def test_a_schedule_is_in_the_windows_time_zone() -> None:
    rome = window("deny", "0 13 * * *", time_zone="Europe/Rome")
    assert not may_sync([rome], NOON, manual=False).allowed
    summer = at("2026-07-10T11:30:00+00:00")
    assert not may_sync([rome], summer, manual=False).allowed


def test_a_named_schedule_is_read() -> None:
    assert not may_sync([window("deny", "@hourly", "10m")], NOON, manual=False).allowed
    assert may_sync([window("deny", "@daily", "10m")], NOON, manual=False).allowed


def test_a_stepped_day_and_a_weekday_are_either() -> None:
    # The 10th of March 2026 is a Tuesday, and an even day.
    assert not may_sync([window("deny", "0 12 */3 * TUE")], NOON, manual=False).allowed
    assert may_sync([window("deny", "0 12 */2 * MON")], NOON, manual=False).allowed


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "maybe"}, 'has the kind "maybe"'),
        ({"schedule": "often"}, "no schedule that can be read"),
        ({"schedule": "0 99 * * *"}, "Bad hour"),
        ({"schedule": "0 0 0 * * *"}, "write five fields"),
        ({"schedule": ""}, "write five fields"),
        ({"duration": "long"}, 'has the duration "long"'),
        ({"duration": ""}, 'has the duration ""'),
        ({"timeZone": "Mars/Olympus"}, "unknown time zone"),
        ({"timeZone": "../etc/passwd"}, "unknown time zone"),
    ],
)
def test_a_window_that_cannot_be_read_blocks_and_says_why(
    fields: dict[str, str], told: str
) -> None:
    usual = {"kind": "allow", "schedule": "0 0 * * *", "duration": "1h"}
    broken = msgspec.convert({**usual, **fields}, SyncWindow)
    assert told in window_faults([broken])[0]
    verdict = may_sync([OPEN_ALLOW, broken], NOON, manual=True)
    assert verdict == WindowVerdict(allowed=False, reason=window_faults([broken])[0])


def test_windows_are_for_what_they_name() -> None:
    def is_for(**fields: Any) -> bool:
        project = read_project({"metadata": {"name": "p"}, "spec": {"syncWindows": [fields]}})
        application = read_application({"metadata": {"name": "shop-eu"}})
        return bool(windows_of(project, application, HERE))

    assert is_for(applications=["shop-*"])
    assert not is_for(applications=["other"])
    assert is_for(namespaces=["shop"])
    assert is_for(clusters=["in-cluster"])
    assert is_for(clusters=["https://kubernetes*"])
    assert is_for(applications=["other"], namespaces=["shop"])
    assert not is_for(applications=["other"], namespaces=["shop"], andOperator=True)
    assert is_for(applications=["shop-*"], namespaces=["shop"], andOperator=True)
    assert not is_for()


@settings(deadline=None)  # how long it takes is the machine's, not the rule's
@given(
    st.lists(
        st.builds(
            window,
            st.sampled_from(["allow", "deny"]),
            st.sampled_from(["0 * * * *", "30 11 * * *", "*/20 9-17 * * 1-5", "0 0 1 * *"]),
            st.sampled_from(["5m", "45m", "3h", "30h"]),
        ),
        max_size=4,
    ),
    st.integers(0, 10**7),
)
def test_a_verdict_holds_until_the_time_it_names(windows: list[SyncWindow], offset: int) -> None:
    now = NOON + offset
    verdict = may_sync(windows, now, manual=False)
    if verdict.until is None:
        return
    assert verdict.until > now
    span = verdict.until - now
    for part in (0.1, 0.37, 0.5, 0.73, 0.999):
        assert may_sync(windows, now + span * part, manual=False).allowed is verdict.allowed
