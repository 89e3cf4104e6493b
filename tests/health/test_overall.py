import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.health import Health, HealthStatus, counted, overall

S = HealthStatus
IN_ORDER = [S.HEALTHY, S.SUSPENDED, S.PROGRESSING, S.DEGRADED, S.UNKNOWN]


@given(st.lists(st.sampled_from(IN_ORDER), min_size=1))
def test_an_application_is_as_healthy_as_its_worst_object(statuses: list[HealthStatus]) -> None:
    worst = max(statuses, key=IN_ORDER.index)
    assert overall(Health(status) for status in statuses) is worst


def test_an_empty_application_is_healthy() -> None:
    assert overall([]) is S.HEALTHY


def test_missing_objects_do_not_count_beside_live_ones() -> None:
    assert overall([Health(S.MISSING), Health(S.HEALTHY)]) is S.HEALTHY


def test_an_application_of_which_nothing_is_there_is_missing() -> None:
    assert overall([Health(S.MISSING), Health(S.MISSING)]) is S.MISSING


def test_a_live_object_without_a_check_is_still_there() -> None:
    assert overall([Health(S.MISSING), None]) is S.HEALTHY


def test_an_ignored_object_does_not_count() -> None:
    annotations = {"argocd.argoproj.io/ignore-healthcheck": "true"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": annotations}}
    assert counted(pod, Health(S.DEGRADED)) is None


@pytest.mark.parametrize(
    ("status", "counts"), [(S.MISSING, False), (S.UNKNOWN, False), (S.DEGRADED, True)]
)
def test_a_child_application_counts_only_where_its_health_is_known(
    status: HealthStatus, counts: bool
) -> None:
    child = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    assert (counted(child, Health(status)) is not None) is counts
