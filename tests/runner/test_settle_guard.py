from hypothesis import given
from hypothesis import strategies as st

from tenter.manifests import Key
from tenter.runner.freshness import Freshness, Placed

JOB = Key("batch", "Job", "shop", "migrate")


def test_a_state_is_told_when_nothing_was_written() -> None:
    assert Freshness().admits(JOB, "a", "1")


def test_states_older_than_the_answer_of_a_write_are_held_back() -> None:
    guard = Freshness()
    guard.depart(JOB, "old", "1")

    assert guard.answered(JOB, "new", "5") is Placed.BEHIND
    assert not guard.admits(JOB, "old", "2")
    assert not guard.admits_deletion(JOB, "old")
    assert guard.admits(JOB, "new", "5")
    assert guard.admits(JOB, "new", "6")


def test_nothing_is_told_while_a_write_is_in_flight() -> None:
    guard = Freshness()
    guard.depart(JOB)

    assert not guard.admits(JOB, "new", "5")


def test_a_stream_that_is_ahead_of_the_answer_has_caught_up() -> None:
    guard = Freshness()
    guard.depart(JOB)
    guard.admits(JOB, "new", "5")
    guard.admits(JOB, "new", "6")

    assert guard.answered(JOB, "new", "5") is Placed.CAUGHT_UP
    assert guard.admits(JOB, "new", "7")


def test_a_write_that_changed_nothing_is_caught_up_at_once() -> None:
    guard = Freshness()
    guard.depart(JOB, "same", "3")

    assert guard.answered(JOB, "same", "3") is Placed.CAUGHT_UP


def test_the_end_of_the_written_object_is_newer_than_the_write() -> None:
    guard = Freshness()
    guard.depart(JOB)
    guard.answered(JOB, "new", "5")

    assert guard.admits_deletion(JOB, "new")


def test_an_end_that_passed_in_flight_is_newer_than_the_answer() -> None:
    guard = Freshness()
    guard.depart(JOB, "new", "4")
    guard.admits_deletion(JOB, "new")

    assert guard.answered(JOB, "new", "5") is Placed.CAUGHT_UP


def test_a_failed_write_holds_nothing_back() -> None:
    guard = Freshness()
    guard.depart(JOB, "old", "1")

    assert guard.unanswered(JOB) is Placed.CAUGHT_UP
    assert guard.held() == ()


def test_a_failed_write_does_not_free_what_an_earlier_one_awaits() -> None:
    guard = Freshness()
    guard.depart(JOB, "old", "1")
    guard.answered(JOB, "new", "5")
    guard.depart(JOB, "old", "1")

    assert guard.unanswered(JOB) is Placed.BEHIND
    assert not guard.admits(JOB, "old", "2")


def test_a_vanished_object_is_not_shown_alive_by_a_late_stream() -> None:
    guard = Freshness()
    guard.depart(JOB, "old", "1")

    assert guard.vanished(JOB, "old") is Placed.BEHIND
    assert not guard.admits(JOB, "old", "2")
    assert guard.admits_deletion(JOB, "old")


def test_an_object_that_neither_the_answer_nor_the_copy_shows_holds_nothing_back() -> None:
    guard = Freshness()
    guard.depart(JOB)

    assert guard.vanished(JOB, "") is Placed.CAUGHT_UP


@given(
    before=st.integers(0, 4),
    in_flight=st.integers(0, 4),
    write=st.integers(1, 6),
    after=st.integers(0, 6),
)
def test_no_told_state_is_older_than_the_write_and_the_newest_one_gets_through(
    before: int, in_flight: int, write: int, after: int
) -> None:
    # The object's states are numbered; ours is `ours`, and the watch lags or leads as drawn.
    ours = before + write
    last = ours + after
    guard = Freshness()
    local = before
    guard.depart(JOB, "u", str(local))
    told = []
    for state in range(before + 1, min(before + in_flight, last) + 1):
        local = state
        if guard.admits(JOB, "u", str(state)):
            told.append(state)
    if guard.answered(JOB, "u", str(ours)) is Placed.CAUGHT_UP:
        told.append(local)
    told.extend(s for s in range(local + 1, last + 1) if guard.admits(JOB, "u", str(s)))

    assert all(state >= ours for state in told)
    assert told[-1] == last
