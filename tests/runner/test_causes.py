from __future__ import annotations

from typing import Any

from tenter.engine import Sighting
from tenter.manifests import Manifest
from tenter.runner.causes import has_counted_failures, with_cause
from tenter.runner.sighting import sight_plainly

LIMIT = "Job has reached the specified backoff limit"


def failed_job(reason: str = "BackoffLimitExceeded", message: str = LIMIT) -> Manifest:
    condition = {"type": "Failed", "status": "True", "reason": reason, "message": message}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "namespace": "shop", "uid": "j1"},
        "status": {"conditions": [condition]},
    }


def ended_pod(name: str, code: int, at: str, owner: str = "j1", **metadata: Any) -> Manifest:
    state = {"terminated": {"exitCode": code, "reason": "Error", "finishedAt": at}}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "ownerReferences": [{"uid": owner}], **metadata},
        "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "state": state}]},
    }


def sighted(job: Manifest) -> Sighting:
    return sight_plainly(job, 0.0)


def told(*pods: Manifest) -> str:
    health = with_cause(sighted(failed_job()), pods).health
    assert health is not None
    return health.message


def test_a_failed_job_leads_with_its_last_containers_end() -> None:
    pods = [ended_pod("b", 1, "2026-01-01T00:00:01Z"), ended_pod("a", 3, "2026-01-01T00:00:02Z")]
    assert told(*pods) == f'container "main" failed with exit code 3 ({LIMIT})'


def test_pods_of_others_say_nothing() -> None:
    assert told(ended_pod("a", 3, "2026-01-01T00:00:02Z", owner="j2")) == LIMIT


def test_a_pod_that_was_stopped_caused_nothing() -> None:
    stopped = ended_pod("a", 143, "2026-01-01T00:00:02Z", deletionTimestamp="2026-01-01T00:00:02Z")
    assert told(stopped) == LIMIT


def test_a_job_that_is_out_of_time_names_that_itself() -> None:
    late = failed_job("DeadlineExceeded", "Job was active longer than specified deadline")
    assert not has_counted_failures(sighted(late), late)
    assert has_counted_failures(sighted(failed_job()), failed_job())
