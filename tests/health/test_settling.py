from typing import Any

import pytest

from tenter.health import Health, HealthStatus, settled

HEALTHY = Health(HealthStatus.HEALTHY)
DEGRADED = Health(HealthStatus.DEGRADED)
PROGRESSING = Health(HealthStatus.PROGRESSING)


def custom(generation: int, **status: Any) -> dict[str, Any]:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"generation": generation},
        "status": status,
    }


@pytest.mark.parametrize("health", [HEALTHY, DEGRADED])
def test_a_verdict_from_before_the_current_generation_does_not_count(health: Health) -> None:
    found, provisional = settled(custom(3, observedGeneration=2), health, custom=False)
    assert found == Health(HealthStatus.PROGRESSING, "its controller has seen generation 2 of 3")
    assert not provisional


@pytest.mark.parametrize("health", [HEALTHY, DEGRADED])
def test_a_verdict_on_the_observed_generation_counts_at_once(health: Health) -> None:
    obj = custom(3, observedGeneration=3)
    assert settled(obj, health, custom=True) == (health, False)


@pytest.mark.parametrize("observed", ["2", True, None, 2.0])
def test_an_observed_generation_that_is_no_integer_is_none(observed: Any) -> None:
    obj = custom(3, observedGeneration=observed)
    assert settled(obj, DEGRADED, custom=True) == (DEGRADED, True)


def test_a_built_in_verdict_counts_at_once() -> None:
    obj = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generation": 2}}
    assert settled(obj, DEGRADED, custom=False) == (DEGRADED, False)


def test_a_custom_healthy_with_an_empty_status_must_stand() -> None:
    assert settled(custom(1), HEALTHY, custom=True, touched=True) == (HEALTHY, True)


def test_a_custom_healthy_on_a_new_object_with_a_status_counts_at_once() -> None:
    assert settled(custom(1, phase="Done"), HEALTHY, custom=True) == (HEALTHY, False)


def test_a_custom_healthy_on_a_changed_object_must_stand() -> None:
    assert settled(custom(2, phase="Done"), HEALTHY, custom=True) == (HEALTHY, True)


@pytest.mark.parametrize("touched", [True, False])
def test_a_custom_healthy_must_stand_until_its_status_was_touched(touched: bool) -> None:
    found = settled(custom(2, phase="Done"), HEALTHY, custom=True, touched=touched)
    assert found == (HEALTHY, not touched)


def test_a_custom_degraded_must_stand() -> None:
    found = settled(custom(1, phase="Bad"), DEGRADED, custom=True, touched=True)
    assert found == (DEGRADED, True)


def test_a_custom_progressing_need_not_stand() -> None:
    assert settled(custom(2), PROGRESSING, custom=True) == (PROGRESSING, False)


def test_a_load_balancers_address_must_stand_until_touched() -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }
    assert settled(service, HEALTHY, custom=False) == (HEALTHY, True)
    assert settled(service, HEALTHY, custom=False, touched=True) == (HEALTHY, False)


def test_an_ordinary_service_counts_at_once() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "spec": {"type": "ClusterIP"}}
    assert settled(service, HEALTHY, custom=False) == (HEALTHY, False)


def test_a_kind_without_a_check_stays_without_a_verdict() -> None:
    assert settled(custom(3, observedGeneration=2), None, custom=False) == (None, False)
