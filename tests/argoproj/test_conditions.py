from tenter.argoproj import (
    COMPARED,
    REFRESHED,
    Condition,
    ConditionType,
    condition,
    with_conditions,
)

EARLIER = "2026-01-01T00:00:00Z"
NOW = "2026-01-01T01:00:00Z"


def test_what_a_check_finds_replaces_only_what_it_found_before() -> None:
    before = (
        Condition(type="ComparisonError", message="old", last_transition_time=EARLIER),
        Condition(type="InvalidSpecError", message="spec", last_transition_time=EARLIER),
    )
    found = [condition(ConditionType.COMPARISON, "new")]
    after = with_conditions(before, found, COMPARED, NOW)
    assert [(each.type, each.message, each.last_transition_time) for each in after] == [
        ("ComparisonError", "new", NOW),
        ("InvalidSpecError", "spec", EARLIER),
    ]


def test_a_condition_that_stands_keeps_its_time() -> None:
    before = (Condition(type="UnknownError", message="same", last_transition_time=EARLIER),)
    after = with_conditions(before, [condition(ConditionType.UNKNOWN, "same")], REFRESHED, NOW)
    assert after == before


def test_a_condition_no_longer_found_goes() -> None:
    before = (Condition(type="UnknownError", message="gone", last_transition_time=EARLIER),)
    assert with_conditions(before, [], REFRESHED, NOW) == ()


def test_one_found_twice_is_told_once() -> None:
    twice = [condition(ConditionType.SHARED_RESOURCE, "shared")] * 2
    assert len(with_conditions((), twice, COMPARED, NOW)) == 1
