import asyncio
from contextlib import aclosing

import pytest
from tests.runner.ground import Ground, LossyTransport, config, job, messages

from tenter.embedded import Verb
from tenter.engine import OperationPhase, Phase, TaskPhase
from tenter.runner import Control
from tenter.runner.progress import LogLine, StageEntered, TaskChanged


async def uid_of(ground: Ground, name: str) -> str:
    uid: str = (await ground.get("Job", name, "batch"))["metadata"]["uid"]
    return uid


async def test_a_named_hook_is_created_anew_with_each_sync(ground: Ground) -> None:
    await ground.run(job("migrate", hook="PreSync"))
    before = await uid_of(ground, "migrate")

    record = await ground.run(job("migrate", hook="PreSync"))

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    assert await uid_of(ground, "migrate") != before


async def test_a_named_hook_that_is_not_deleted_before_does_not_run_again(ground: Ground) -> None:
    text = job("migrate", hook="PreSync", policy="HookFailed")
    await ground.run(text)
    before = await uid_of(ground, "migrate")

    record = await ground.run(text)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    assert await uid_of(ground, "migrate") == before


async def test_a_hook_that_succeeded_is_deleted_as_its_policy_says(ground: Ground) -> None:
    await ground.run(job("migrate", hook="PreSync", policy="HookSucceeded"))

    assert not await ground.exists("Job", "migrate", "batch")


async def test_one_manifest_runs_in_two_phases(ground: Ground) -> None:
    record = await ground.run(job("both", hook="PreSync,PostSync") + config("settings"))

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    assert [result.sync_phase for result in record.results.values()] == [
        "PreSync",
        "Sync",
        "PostSync",
    ]


@pytest.mark.parametrize("lost", range(4))
async def test_a_lost_answer_makes_no_second_hook_and_no_failure(ground: Ground, lost: int) -> None:
    transport = LossyTransport(ground.cluster.transport(), lost)
    text = job("migrate", hook="PreSync", policy="HookSucceeded") + config("settings")

    record = await ground.run(text, transport=transport)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    created = [
        change.uid
        for change in ground.cluster.store.history
        if change.key.name == "migrate" and change.verb is Verb.CREATE
    ]
    assert len(created) == 1
    assert await ground.exists("ConfigMap", "settings")
    assert len(transport.writes) > lost


async def _until_gone(ground: Ground, job_name: str) -> None:
    """Wait for the garbage collector, which works on after the sync; no finalizer of ours holds."""
    resource = await ground.client.resource("batch", "Job")
    found = await ground.client.list(resource, "default", name=job_name)
    if not found.items:
        return
    watch = ground.client.watch(
        resource, "default", name=job_name, resource_version=found.resource_version
    )
    async with asyncio.timeout(10), aclosing(watch) as events:
        async for event in events:
            if event.type == "DELETED":
                return


@pytest.mark.parametrize("propagation", ["Foreground", "Orphan"])
async def test_a_hook_that_someone_deletes_fails(ground: Ground, propagation: str) -> None:
    running = asyncio.Event()
    ground.listener = lambda event: (
        running.set()
        if isinstance(event, TaskChanged) and event.state is TaskPhase.RUNNING
        else None
    )
    async with asyncio.TaskGroup() as tasks:
        text = job("migrate", hook="PreSync", outcome="hang")
        sync = tasks.create_task(ground.run(text))
        await running.wait()
        resource = await ground.client.resource("batch", "Job")
        await ground.client.delete(resource, "default", "migrate", propagation=propagation)
        record = await sync

    assert record.phase is OperationPhase.FAILED
    assert "deleted by another" in record.message
    await _until_gone(ground, "migrate")


async def test_a_hooks_output_is_told_line_by_line(ground: Ground) -> None:
    await ground.run(job("migrate", hook="PreSync", outcome="succeed log='one\ntwo'"))

    assert [line.text for line in ground.events(LogLine)] == ["one", "two"]


async def test_a_failed_job_is_told_by_the_end_of_its_container(ground: Ground) -> None:
    record = await ground.run(job("migrate", hook="PreSync", outcome="fail exit=3"))

    (result,) = record.results.values()
    assert result.message == (
        'container "main" failed with exit code 3 (Job has reached the specified backoff limit)'
    )


async def test_how_a_stage_ended_is_told_before_the_next_one_begins(ground: Ground) -> None:
    await ground.run(job("migrate", hook="PreSync") + config("settings"))

    told = [event for event in ground.told if isinstance(event, TaskChanged | StageEntered)]
    ended = next(
        index
        for index, event in enumerate(told)
        if isinstance(event, TaskChanged) and event.state is TaskPhase.SUCCEEDED
    )
    assert isinstance(told[ended + 1], StageEntered)
    assert told[ended + 1].phase is Phase.SYNC


async def test_logs_that_are_not_to_be_kept_are_not_read(ground: Ground) -> None:
    text = job("migrate", hook="PreSync", outcome="succeed log=secret")
    text = text.replace(
        "{'argocd.argoproj.io/hook'", "{'tenter.dev/keep-logs': 'false', 'argocd.argoproj.io/hook'"
    )

    await ground.run(text)

    assert ground.events(LogLine) == []


async def test_terminating_ends_a_retry_that_is_waited_for(ground: Ground) -> None:
    control = Control()

    def listen(event: object) -> None:
        if getattr(event, "retry_at", None):
            control.terminate()

    ground.listener = listen
    from tenter.engine import RetryOptions

    record = await ground.run(
        job("migrate", hook="PreSync", outcome="fail exit=1"),
        control=control,
        retry=RetryOptions(limit=5, duration=1000),
    )

    assert (record.phase, record.message) == (OperationPhase.FAILED, "Operation terminated")


async def test_a_hook_that_cannot_be_created_fails_with_the_servers_words(ground: Ground) -> None:
    text = job("migrate", hook="PreSync").replace("backoffLimit: 0", "backofLimit: 0")

    record = await ground.run(text)

    assert record.phase is OperationPhase.FAILED
    assert "backofLimit" in messages(record)["migrate"]
