import random

from tenter.kube.backoff import Backoff


def backoff() -> Backoff:
    return Backoff(random.Random(3), first=0.5, factor=2.0, most=3.0)


def test_delays_double_up_to_the_most() -> None:
    series = backoff()
    for bound in (0.5, 1.0, 2.0, 3.0, 3.0):
        assert bound / 2 <= series.delay() <= bound


def test_delays_start_over_after_a_success() -> None:
    series = backoff()
    for _ in range(4):
        series.delay()
    series.reset()
    assert series.delay() <= 0.5


def test_the_delay_that_was_asked_for_is_kept_with_little_added() -> None:
    assert 9.0 <= backoff().delay(9.0) <= 9.5
