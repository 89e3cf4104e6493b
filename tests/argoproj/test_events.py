from typing import Any

import pytest

from tenter.argoproj import (
    Application,
    ApplicationStatus,
    HealthReport,
    OperationState,
    SyncReport,
    SyncResult,
    completed_event,
    deleted_event,
    read_application,
    read_operation,
    started_event,
    status_events,
)

NOW = 1_767_268_800.25
SHOP: Application = read_application(
    {"metadata": {"name": "shop", "namespace": "argocd", "uid": "u-1", "resourceVersion": "7"}}
)


def test_an_event_is_about_the_application() -> None:
    found = deleted_event(SHOP, NOW)
    assert found["involvedObject"] == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "name": "shop",
        "namespace": "argocd",
        "uid": "u-1",
        "resourceVersion": "7",
    }
    assert (found["metadata"]["namespace"], found["reason"]) == ("argocd", "ResourceDeleted")
    assert found["firstTimestamp"] == found["lastTimestamp"] == "2026-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("operation", "revision", "message"),
    [
        ({"initiatedBy": {"username": "ann"}}, "abc", "ann initiated sync to abc"),
        ({}, "", "Unknown user initiated sync to the newest revision"),
        ({"initiatedBy": {"automated": True}}, "abc", "Initiated automated sync to 'abc'"),
        (
            {"sync": {"resources": [{"kind": "Job", "name": "x"}]}},
            "abc",
            "Unknown user initiated partial sync to abc",
        ),
    ],
)
def test_the_start_of_an_operation_says_who_asked(
    operation: dict[str, Any], revision: str, message: str
) -> None:
    found = started_event(SHOP, read_operation(operation), revision, NOW)
    assert (found["reason"], found["type"]) == ("OperationStarted", "Normal")
    assert found["message"] == message


def ended(phase: str, message: str, **sync: Any) -> OperationState:
    return OperationState(
        operation=read_operation({"sync": sync}),
        phase=phase,
        started_at="",
        message=message,
        sync_result=SyncResult(revision="abc"),
    )


def test_the_end_of_an_operation_says_how_it_went() -> None:
    good = completed_event(SHOP, ended("Succeeded", "fine"), NOW)
    assert (good["type"], good["message"]) == ("Normal", "Sync operation to abc succeeded")
    bad = completed_event(SHOP, ended("Failed", "no", resources=[{"kind": "a", "name": "b"}]), NOW)
    assert bad["type"] == "Warning"
    assert bad["message"] == "Partial sync operation to abc failed: no"


def test_changes_of_the_status_are_told_one_by_one() -> None:
    status = ApplicationStatus(
        sync=SyncReport(status="OutOfSync"), health=HealthReport(status="Degraded", message="no")
    )
    messages = [each["message"] for each in status_events(SHOP, status, NOW)]
    assert messages == [
        "Updated sync status:  -> OutOfSync",
        "Updated health status:  -> Degraded (no)",
    ]


def test_a_status_that_stays_is_not_told() -> None:
    status = {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}
    before = read_application({"metadata": {"name": "shop"}, "status": status})
    assert status_events(before, before.status, NOW) == ()


def test_names_differ_by_time_and_by_what_is_told() -> None:
    status = ApplicationStatus(sync=SyncReport(status="a"), health=HealthReport(status="b"))
    found = [*status_events(SHOP, status, NOW), *status_events(SHOP, status, NOW + 1)]
    assert len({each["metadata"]["name"] for each in found}) == 4
    again = status_events(SHOP, status, NOW)
    assert [each["metadata"]["name"] for each in again] == [
        each["metadata"]["name"] for each in found[:2]
    ]


def test_long_names_and_messages_are_cut_to_what_is_accepted() -> None:
    application = read_application({"metadata": {"name": "x" * 253, "namespace": "n"}})
    found = completed_event(application, ended("Failed", "ö" * 2000), NOW)
    assert len(found["metadata"]["name"]) == 253
    assert len(found["message"].encode()) <= 1024
