from typing import Any

import pytest

from tenter.health import Health, assess


def job(*conditions: tuple[str, str, str], suspend: bool = False, **status: Any) -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "spec": {"suspend": suspend},
        "status": {
            "conditions": [{"type": t, "status": s, "message": m} for t, s, m in conditions],
            **status,
        },
    }


def verdict(obj: dict[str, Any]) -> Health:
    health = assess(obj)
    assert health is not None
    return health


LIMIT = "Job has reached the specified backoff limit"


@pytest.mark.parametrize(
    ("obj", "status", "message"),
    [
        (job(), "Progressing", "waiting for the Job controller"),
        (job(active=1, failed=2), "Progressing", "1 active, 2 failed"),
        (job(active=3, ready=1), "Progressing", "3 active, 1 of them ready"),
        (job(startTime="x", terminating=1), "Progressing", "1 stopping"),
        (job(startTime="x"), "Progressing", "waiting for its next Pod"),
        (
            job(startTime="x", uncountedTerminatedPods={"succeeded": ["uid"]}),
            "Progressing",
            "its ended Pods are being counted",
        ),
        (
            job(("FailureTarget", "True", LIMIT), active=1),
            "Progressing",
            f"failing: {LIMIT}",
        ),
        (
            job(("Failed", "True", "Job has failed indexes"), failedIndexes="1,3-5"),
            "Degraded",
            "Job has failed indexes: 1,3-5",
        ),
        (job(("Failed", "True", "")), "Degraded", "the Job failed"),
        (job(("Complete", "True", "done")), "Healthy", "done"),
        (job(("Failed", "True", LIMIT)), "Degraded", LIMIT),
        (job(("Suspended", "True", "Job suspended")), "Suspended", "Job suspended"),
        (job(suspend=True), "Suspended", "Job suspended"),
        (job(("Complete", "True", ""), suspend=True), "Healthy", ""),
    ],
)
def test_a_job_is_judged_by_its_conditions(obj: dict[str, Any], status: str, message: str) -> None:
    assert verdict(obj) == Health(status, message)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["Failed", "Complete", "Suspended"])
def test_a_condition_that_is_false_says_nothing(kind: str) -> None:
    assert verdict(job((kind, "False", "Job resumed"))).status == "Progressing"


def test_a_failure_about_to_come_is_still_progressing() -> None:
    assert verdict(job(("FailureTarget", "True", LIMIT))).status == "Progressing"


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        ("", "Progressing"),
        ("Pending", "Progressing"),
        ("Running", "Progressing"),
        ("Succeeded", "Healthy"),
        ("Failed", "Degraded"),
        ("Error", "Degraded"),
        ("Odd", "Unknown"),
    ],
)
def test_a_workflow_is_judged_by_its_phase(phase: str, status: str) -> None:
    workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    assert verdict({**workflow, "status": {"phase": phase}}).status == status


def test_a_cron_job_has_no_check() -> None:
    assert assess({"apiVersion": "batch/v1", "kind": "CronJob", "status": {}}) is None
