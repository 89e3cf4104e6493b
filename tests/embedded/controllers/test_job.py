from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.controllers import job as controller
from tenter.embedded.controllers.job_tally import TRACKING
from tenter.embedded.controllers.pods import is_active, phase_of
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, WriteStatus
from tenter.embedded.timestamps import format_time

from .objects import NOW, World, conditions, finish, job


def world(settings: ControllerSettings | None = None, **spec: Any) -> World:
    return World(job(**spec), controller.reconcile, settings or ControllerSettings())


def active(cluster: World) -> list[dict[str, Any]]:
    return [item for item in cluster.items if is_active(item)]


def test_a_new_job_gets_a_tracked_pod_and_a_start_time() -> None:
    cluster = world()
    cluster.settle()
    (new,) = cluster.items
    assert new["metadata"]["finalizers"] == [TRACKING]
    assert new["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "migrate"
    assert cluster.owner["status"]["startTime"] == format_time(NOW)
    assert cluster.owner["status"]["active"] == 1


def test_a_job_whose_pod_succeeds_is_complete_and_lets_the_pod_go() -> None:
    cluster = world()
    cluster.settle()
    finish(cluster.items[0], "Succeeded")
    cluster.settle()
    status = cluster.owner["status"]
    assert conditions(cluster.owner) == {
        "SuccessCriteriaMet": "CompletionsReached",
        "Complete": "CompletionsReached",
    }
    assert (status["succeeded"], status.get("failed"), status.get("active")) == (1, None, None)
    assert status["completionTime"] == format_time(NOW)
    assert "finalizers" not in cluster.items[0]["metadata"]


def test_a_failed_pod_is_replaced_only_after_the_backoff() -> None:
    cluster = world()
    cluster.settle()
    finish(cluster.items[0], "Failed")
    cluster.settle()
    assert not active(cluster)
    assert cluster.wake_at == NOW + 1
    cluster.now = NOW + 1
    cluster.settle()
    assert len(active(cluster)) == 1
    assert cluster.owner["status"]["failed"] == 1


def test_the_backoff_doubles_with_each_failure_in_a_row() -> None:
    cluster = world(ControllerSettings(job_backoff=10))
    cluster.settle()
    for number, delay in enumerate((10, 20, 40)):
        finish(active(cluster)[0], "Failed", at=cluster.now)
        cluster.settle()
        assert cluster.wake_at == cluster.now + delay, number
        cluster.now += delay
        cluster.settle()


def test_more_failures_than_the_backoff_limit_fail_the_job() -> None:
    cluster = world(backoffLimit=0)
    cluster.settle()
    finish(cluster.items[0], "Failed")
    cluster.settle()
    assert conditions(cluster.owner) == {
        "FailureTarget": "BackoffLimitExceeded",
        "Failed": "BackoffLimitExceeded",
    }
    assert cluster.owner["status"]["failed"] == 1
    assert "completionTime" not in cluster.owner["status"]


def test_restarts_in_place_count_towards_the_backoff_limit() -> None:
    cluster = world(
        backoffLimit=2,
        template={"spec": {"restartPolicy": "OnFailure", "containers": [{"name": "main"}]}},
    )
    cluster.settle()
    running = cluster.items[0]
    running["status"] = {
        "phase": "Running",
        "containerStatuses": [{"name": "main", "restartCount": 1, "state": {}}],
    }
    cluster.settle()
    assert not conditions(cluster.owner)
    running["status"]["containerStatuses"][0]["restartCount"] = 2
    cluster.settle()
    assert conditions(cluster.owner)["Failed"] == "BackoffLimitExceeded"
    assert not cluster.items


def test_the_deadline_ends_the_job_never_early_and_deletes_its_pods() -> None:
    cluster = world(activeDeadlineSeconds=5)
    cluster.settle()
    due = cluster.wake_at
    assert due is not None
    assert due >= NOW + 5
    cluster.now = due - 0.5
    cluster.settle()
    assert not conditions(cluster.owner)
    cluster.now = due
    cluster.settle()
    assert conditions(cluster.owner)["Failed"] == "DeadlineExceeded"
    assert not cluster.items


def test_a_failing_job_is_not_failed_before_its_last_pod_has_ended() -> None:
    cluster = world(parallelism=2, completions=2, backoffLimit=0)
    cluster.settle()
    first, second = cluster.items
    second["metadata"]["finalizers"].append("someone/holds")
    finish(first, "Failed")
    cluster.settle()
    assert "Failed" not in conditions(cluster.owner)
    assert cluster.owner["status"]["terminating"] == 1
    finish(second, "Failed")
    second["metadata"]["finalizers"] = []
    cluster.settle()
    assert conditions(cluster.owner)["Failed"] == "BackoffLimitExceeded"


def test_a_suspended_job_has_no_pods_and_counts_no_failures() -> None:
    cluster = world()
    cluster.settle()
    cluster.owner["spec"]["suspend"] = True
    cluster.settle()
    assert not cluster.items
    assert conditions(cluster.owner) == {"Suspended": "JobSuspended"}
    assert "startTime" not in cluster.owner["status"]
    assert "failed" not in cluster.owner["status"]


def test_a_resumed_job_starts_anew() -> None:
    cluster = world(suspend=True)
    cluster.settle()
    cluster.owner["spec"]["suspend"] = False
    cluster.now = NOW + 100
    cluster.settle()
    assert len(active(cluster)) == 1
    assert cluster.owner["status"]["startTime"] == format_time(NOW + 100)
    assert cluster.owner["status"]["conditions"][0]["reason"] == "JobResumed"


def test_a_finished_job_is_deleted_when_its_time_to_live_is_over() -> None:
    cluster = world(ttlSecondsAfterFinished=30)
    cluster.settle()
    finish(cluster.items[0], "Succeeded")
    cluster.settle()
    assert cluster.wake_at == NOW + 30
    assert not cluster.deleted
    cluster.now = NOW + 30
    cluster.look()
    assert cluster.deleted == ["job-uid"]


def test_an_indexed_job_runs_each_index_once_and_lists_those_done() -> None:
    cluster = world(completionMode="Indexed", completions=3, parallelism=3)
    cluster.settle()
    numbers = [
        item["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"]
        for item in cluster.items
    ]
    assert numbers == ["0", "1", "2"]
    finish(cluster.items[0], "Succeeded")
    finish(cluster.items[2], "Succeeded")
    cluster.settle()
    assert cluster.owner["status"]["completedIndexes"] == "0,2"
    assert len(active(cluster)) == 1
    finish(active(cluster)[0], "Succeeded")
    cluster.settle()
    assert cluster.owner["status"]["completedIndexes"] == "0-2"
    assert "Complete" in conditions(cluster.owner)


def test_an_indexed_pod_knows_its_index() -> None:
    cluster = world(completionMode="Indexed", completions=1)
    cluster.settle()
    (variable,) = cluster.items[0]["spec"]["containers"][0]["env"]
    assert variable["name"] == "JOB_COMPLETION_INDEX"
    assert cluster.items[0]["spec"]["hostname"] == "migrate-0"


def test_a_work_queue_is_complete_once_one_succeeded_and_none_runs() -> None:
    cluster = world(parallelism=2, completions=None)
    cluster.settle()
    first, second = cluster.items
    finish(first, "Succeeded")
    cluster.settle()
    assert "Complete" not in conditions(cluster.owner)
    assert len(active(cluster)) == 1
    finish(second, "Succeeded")
    cluster.settle()
    assert "Complete" in conditions(cluster.owner)


def test_a_pod_failure_policy_can_fail_the_job_at_once() -> None:
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    cluster = world(podFailurePolicy={"rules": [rule]})
    cluster.settle()
    finish(cluster.items[0], "Failed", exit_code=42)
    cluster.settle()
    assert conditions(cluster.owner)["Failed"] == "PodFailurePolicy"


def test_an_ignored_failure_is_not_counted() -> None:
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    cluster = world(podFailurePolicy={"rules": [rule]}, backoffLimit=0)
    cluster.settle()
    finish(cluster.items[0], "Failed")
    cluster.items[0]["status"]["conditions"] = [{"type": "DisruptionTarget", "status": "True"}]
    cluster.now = NOW + 5
    cluster.settle()
    assert "failed" not in cluster.owner["status"]
    assert len(active(cluster)) == 1


def test_a_deleted_job_lets_its_pods_go() -> None:
    cluster = world()
    cluster.settle()
    cluster.owner["metadata"]["deletionTimestamp"] = format_time(NOW)
    cluster.settle()
    assert "finalizers" not in cluster.items[0]["metadata"]


def test_too_high_a_parallelism_is_brought_down_without_counting_failures() -> None:
    cluster = world(parallelism=3, completions=5)
    cluster.settle()
    cluster.owner["spec"]["parallelism"] = 1
    cluster.settle()
    assert len(active(cluster)) == 1
    assert "failed" not in cluster.owner["status"]


@given(
    steps=st.lists(st.sampled_from(["succeed", "fail", "delete", "crash", "wait"]), max_size=25),
    completions=st.integers(1, 4),
    parallelism=st.integers(1, 3),
    indexed=st.booleans(),
)
def test_no_pod_is_counted_twice_or_forgotten(
    steps: list[str], completions: int, parallelism: int, indexed: bool
) -> None:
    """Pods end and vanish, and the controller dies between any two writes."""
    cluster = world(
        completions=completions,
        parallelism=parallelism,
        backoffLimit=100,
        completionMode="Indexed" if indexed else "NonIndexed",
    )
    ended = {"Succeeded": 0, "Failed": 0}
    for step in steps:
        running = active(cluster)
        match step:
            case "succeed" | "fail" if running:
                phase = "Succeeded" if step == "succeed" else "Failed"
                finish(running[0], phase, at=cluster.now)
                ended[phase] += 1
            case "delete" if running:
                # A person deletes a running Pod; its tracking keeps it until it is counted.
                cluster.delete(running[0]["metadata"]["uid"])
                ended["Failed"] += 1
            case "crash":
                outcome = controller.reconcile(
                    cluster.owner, cluster.items, cluster.now, ControllerSettings()
                )
                for write in outcome.writes[: len(outcome.writes) // 2]:
                    cluster.perform(write)
            case _:
                cluster.now += 2000
        if step != "crash":
            cluster.look()
    cluster.settle()
    status = cluster.owner["status"]
    assert status.get("succeeded", 0) == ended["Succeeded"]
    assert status.get("failed", 0) == ended["Failed"]
    assert ("Complete" in conditions(cluster.owner)) == (ended["Succeeded"] >= completions)
    assert status["uncountedTerminatedPods"] == {}
    for item in cluster.items:
        finished = phase_of(item) in {"Succeeded", "Failed"}
        assert not (finished and item["metadata"].get("finalizers"))


@given(limit=st.integers(0, 4))
def test_a_job_makes_one_pod_more_than_its_backoff_limit(limit: int) -> None:
    cluster = world(backoffLimit=limit)
    created = 0
    for _ in range(200):
        writes = cluster.look()
        created += sum(isinstance(write, Create) for write in writes)
        for running in active(cluster):
            finish(running, "Failed", at=cluster.now)
        if not writes and "Failed" in conditions(cluster.owner):
            break
        if not writes:
            cluster.now = max(cluster.now, cluster.wake_at or cluster.now)
    assert created == limit + 1
    assert cluster.owner["status"]["failed"] == limit + 1


def test_a_job_at_rest_is_not_written_again() -> None:
    cluster = world()
    cluster.settle()
    outcome = controller.reconcile(cluster.owner, cluster.items, NOW + 100, ControllerSettings())
    assert not [write for write in outcome.writes if isinstance(write, WriteStatus)]
