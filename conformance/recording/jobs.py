"""Stories of Jobs and CronJobs, told by the control plane's own controllers."""

from __future__ import annotations

from conformance.recording.objects import (
    CONFIG_MISSING,
    HANGS,
    NO_IMAGE,
    SUCCEEDS,
    counts,
    holds,
    job,
    other,
    quota,
    template,
)
from conformance.recording.stage import Stage
from conformance.recording.stories import story


@story("batch/v1", "Job")
async def job_completes(stage: Stage) -> None:
    await stage.create(job(SUCCEEDS))
    await stage.until(holds("Complete"))


@story("batch/v1", "Job")
async def job_completes_after_a_failure(stage: Stage) -> None:
    await stage.create(job("fail exit=3 times=1", backoffLimit=2))
    await stage.until(holds("Complete"))


@story("batch/v1", "Job")
async def job_runs_several_pods(stage: Stage) -> None:
    await stage.create(job(SUCCEEDS, completions=3, parallelism=1))
    await stage.until(holds("Complete"))


@story("batch/v1", "Job")
async def job_fails_by_its_backoff_limit(stage: Stage) -> None:
    await stage.create(job("fail exit=3", backoffLimit=0))
    await stage.until(holds("Failed", reason="BackoffLimitExceeded"))


@story("batch/v1", "Job")
async def job_passes_its_deadline(stage: Stage) -> None:
    await stage.create(job(HANGS, activeDeadlineSeconds=1))
    await stage.until(holds("Failed", reason="DeadlineExceeded"))


@story("batch/v1", "Job")
async def job_fails_by_its_pod_failure_policy(stage: Stage) -> None:
    codes = {"containerName": "main", "operator": "In", "values": [42]}
    policy = {"rules": [{"action": "FailJob", "onExitCodes": codes}]}
    await stage.create(job("fail exit=42", backoffLimit=6, podFailurePolicy=policy))
    await stage.until(holds("Failed", reason="PodFailurePolicy"))


@story("batch/v1", "Job")
async def job_has_failed_indexes(stage: Stage) -> None:
    await stage.create(
        job("fail exit=3", completionMode="Indexed", completions=2, backoffLimitPerIndex=0)
    )
    await stage.until(holds("Failed", reason="FailedIndexes"))


@story("batch/v1", "Job")
async def job_has_too_many_failed_indexes(stage: Stage) -> None:
    await stage.create(
        job(
            "fail exit=3",
            completionMode="Indexed",
            completions=4,
            parallelism=2,
            backoffLimitPerIndex=0,
            maxFailedIndexes=1,
        )
    )
    await stage.until(holds("Failed", reason="MaxFailedIndexesExceeded"))


@story("batch/v1", "Job")
async def job_succeeds_early_by_its_policy(stage: Stage) -> None:
    await stage.create(
        job(
            SUCCEEDS,
            completionMode="Indexed",
            completions=4,
            parallelism=1,
            successPolicy={"rules": [{"succeededCount": 1}]},
        )
    )
    await stage.until(holds("Complete", reason="SuccessPolicy"))


@story("batch/v1", "Job")
async def job_is_suspended_from_the_start_and_resumed(stage: Stage) -> None:
    subject = job(SUCCEEDS, suspend=True)
    await stage.create(subject)
    await stage.until(holds("Suspended"))
    await stage.patch(subject, {"spec": {"suspend": False}})
    await stage.until(holds("Complete"))


@story("batch/v1", "Job")
async def job_is_suspended_while_it_runs(stage: Stage) -> None:
    subject = job(HANGS)
    await stage.create(subject)
    await stage.until(lambda state: state["status"]["ready"] == 1)
    await stage.patch(subject, {"spec": {"suspend": True}})
    await stage.until(holds("Suspended"))


@story("batch/v1", "Job")
async def job_waits_for_an_image(stage: Stage) -> None:
    await stage.create(job(NO_IMAGE))
    await stage.until(lambda state: state["status"]["active"] == 1)


@story("batch/v1", "Job")
async def job_waits_for_a_config_map(stage: Stage) -> None:
    await stage.create(job(CONFIG_MISSING))
    await stage.until(lambda state: state["status"]["active"] == 1)


@story("batch/v1", "Job")
async def job_may_have_no_pods(stage: Stage) -> None:
    await stage.create(quota())
    await stage.other_until(quota(), lambda state: "pods" in state["status"]["hard"])
    await stage.create(job(SUCCEEDS))
    await stage.until(lambda state: state["status"]["startTime"])


@story("batch/v1", "Job")
async def job_belongs_to_another_controller(stage: Stage) -> None:
    await stage.create(job(SUCCEEDS, managedBy="example.com/queue"))
    await stage.until(lambda state: state["spec"]["managedBy"])


@story("batch/v1", "Job")
async def hook_job_is_deleted_while_it_runs(stage: Stage) -> None:
    subject = job(HANGS)
    subject["metadata"]["finalizers"] = ["argocd.argoproj.io/hook-finalizer"]
    await stage.create(subject)
    await stage.until(lambda state: state["status"]["ready"] == 1)
    await stage.delete(subject)
    await stage.until(lambda state: state["metadata"]["deletionTimestamp"])
    await stage.patch(subject, {"metadata": {"finalizers": None}})


@story("batch/v1", "Job")
async def ordinary_job_is_deleted(stage: Stage) -> None:
    subject = job(HANGS)
    await stage.create(subject)
    await stage.until(lambda state: state["status"]["ready"] == 1)
    await stage.delete(subject, propagation="Foreground")
    await stage.until(lambda state: state["metadata"]["deletionTimestamp"])


@story("batch/v1", "Job")
async def job_restarts_its_container(stage: Stage) -> None:
    await stage.create(job("fail exit=3", "OnFailure", backoffLimit=1))
    await stage.until(holds("Failed", reason="BackoffLimitExceeded"))


@story("batch/v1", "CronJob")
async def cron_job_has_run(stage: Stage) -> None:
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template("", "Never")}}}
    await stage.create(other("batch/v1", "CronJob", spec))
    await stage.until(lambda state: state["status"]["lastSuccessfulTime"])


@story("batch/v1", "CronJob")
async def cron_job_is_suspended(stage: Stage) -> None:
    spec = {
        "schedule": "* * * * *",
        "suspend": True,
        "jobTemplate": {"spec": {"template": template("", "Never")}},
    }
    await stage.create(other("batch/v1", "CronJob", spec))
    await stage.until(counts())
