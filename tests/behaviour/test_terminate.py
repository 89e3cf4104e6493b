"""Terminate, from within and from another process, in every state an operation can be in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import tenter
from tenter.errors import OperationInProgress, StateError
from tests.behaviour.application import Application, result
from tests.behaviour.manifests import KEPT, Manifest, config_map, deployment, job

End = Callable[[Application, tenter.Control], Awaitable[None]]


async def by_control(_application: Application, control: tenter.Control) -> None:
    control.terminate()


async def by_another_process(application: Application, _control: tenter.Control) -> None:
    await application.terminate()


@pytest.fixture(params=[by_control, by_another_process], ids=["control", "another-process"])
def end(request: pytest.FixtureRequest) -> End:
    way: End = request.param
    return way


def waits_for(application: Application, text: str) -> Callable[[tenter.Progress], bool]:
    """Return what tells that the operation waits for something that ``text`` is part of."""
    del application
    return lambda event: isinstance(event, tenter.WaitingFor) and text in event.message


async def ended_while(
    application: Application, end: End, waiting: str, *manifests: Manifest, **keywords: object
) -> tenter.SyncOutcome:
    """Sync, end the operation as soon as it tells that it waits for ``waiting``."""
    application.write(*manifests)
    control = tenter.Control()
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control, **keywords))
        await application.until_told(waits_for(application, waiting))
        await end(application, control)
    outcome = syncing.result()
    assert outcome.phase == "Failed"
    assert outcome.message == "Operation terminated"
    assert outcome.terminated
    assert application.grounds.leftovers() == []
    return outcome


@pytest.mark.parametrize("phase", ["PreSync", "Sync", "PostSync"])
async def test_a_running_hook_is_ended_and_deleted(
    application: Application, end: End, phase: str
) -> None:
    outcome = await ended_while(
        application,
        end,
        "batch/Job/slow",
        config_map("settings"),
        job("slow", hook=phase, outcome="hang"),
        job("clean", hook="SyncFail"),
    )

    assert result(outcome, "slow")["hookPhase"] == "Failed"
    assert result(outcome, "slow")["message"] == "Terminated"
    assert application.story.in_order("create Job/slow", "release Job/slow", "deleting Job/slow")
    assert "create Job/clean" not in application.story


async def test_a_running_sync_fail_hook_is_ended(application: Application, end: End) -> None:
    outcome = await ended_while(
        application,
        end,
        "batch/Job/clean",
        job("bad", hook="PreSync", outcome="fail"),
        job("clean", hook="SyncFail", outcome="hang"),
    )

    assert result(outcome, "clean")["message"] == "Terminated"
    assert result(outcome, "bad")["message"] != "Terminated"


async def test_hooks_that_are_complete_keep_their_result(
    application: Application, end: End
) -> None:
    outcome = await ended_while(
        application,
        end,
        "batch/Job/slow",
        job("done", hook="PreSync", wave=-1),
        job("slow", hook="PreSync", outcome="hang"),
    )

    assert result(outcome, "done")["hookPhase"] == "Succeeded"
    assert await application.grounds.get("Job", "done", group="batch") is not None


async def test_a_wait_for_health_is_ended(application: Application, end: End) -> None:
    await ended_while(
        application,
        end,
        "apps/Deployment/web",
        deployment("web", outcome="never-ready"),
        config_map("late", wave=1),
    )

    assert application.story.created() == ["Deployment/web"]


async def test_a_wait_for_health_before_post_sync_is_ended(
    application: Application, end: End
) -> None:
    await ended_while(
        application,
        end,
        "apps/Deployment/web",
        deployment("web", outcome="never-ready"),
        job("smoke", hook="PostSync"),
    )

    assert application.story.created() == ["Deployment/web"]


async def test_a_wait_for_the_deletion_of_an_old_hook_is_ended(
    application: Application, end: End
) -> None:
    stuck = job("migrate")
    stuck["metadata"] |= {"namespace": "default", "finalizers": ["example.com/stuck"]}
    await application.grounds.create(stuck)

    await ended_while(application, end, "deletion of", job("migrate", hook="PreSync"))

    assert application.story.created() == []


async def test_a_wait_for_a_prune_is_ended(application: Application, end: End) -> None:
    stuck = config_map("old")
    stuck["metadata"]["finalizers"] = ["example.com/stuck"]
    await application.sync(stuck, config_map("settings"))

    await ended_while(
        application,
        end,
        "deletion of",
        config_map("settings"),
        config_map("late", wave=1),
        prune=True,
    )

    assert "create ConfigMap/late" not in application.story


async def test_a_wait_for_the_confirmation_of_a_prune_is_ended(
    application: Application, end: End
) -> None:
    await application.sync(config_map("old", options="Prune=confirm"), config_map("settings"))

    await ended_while(
        application, end, "confirmation", config_map("settings", {"new": "data"}), prune=True
    )

    assert application.story.deleted() == []


async def test_a_wait_for_a_retry_is_ended(application: Application, end: End) -> None:
    application.write(job("bad", hook="PreSync", outcome="fail"))
    control = tenter.Control()
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control, retry_limit=-1))
        await application.until_told(lambda event: isinstance(event, tenter.AttemptEnded))
        await end(application, control)

    outcome = syncing.result()
    assert outcome.phase == "Failed"
    assert outcome.message == "Operation terminated"
    assert len(application.story.uids("Job", "bad")) == 1
    assert application.grounds.leftovers() == []


async def test_a_wish_from_before_the_operation_ends_it_before_anything_is_done(
    application: Application,
) -> None:
    control = tenter.Control()
    control.terminate()

    outcome = await application.sync(
        config_map("settings"), job("migrate", hook="PreSync"), control=control
    )

    assert outcome.message == "Operation terminated"
    assert application.story.changed_nothing, application.story


async def test_an_operation_that_cannot_be_saved_is_ended_all_the_same(
    application: Application,
) -> None:
    control = tenter.Control()
    application.write(
        job("slow", hook="PreSync", outcome="hang"), job("soon", hook="PreSync", outcome="succeed")
    )
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control))
        await application.grounds.until("create Job/slow")
        application.grounds.forbid(verb="update", resource="secrets")
        await application.until_told(lambda event: isinstance(event, tenter.Warned))
        control.terminate()
        await application.grounds.until("delete Job/slow")
        application.grounds.allow_all()

    assert syncing.result().message == "Operation terminated"
    assert application.grounds.leftovers() == []


async def test_a_hook_that_is_being_created_is_awaited_and_deleted(
    application: Application,
) -> None:
    control = tenter.Control()
    application.write(job("migrate", hook="PreSync", outcome="hang"))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control))
        await application.grounds.until("create Job/migrate")
        # The answer to the request that created it has not been read yet.
        control.terminate()

    assert syncing.result().message == "Operation terminated"
    assert application.story.deleted() == ["Job/migrate"]


async def test_a_terminated_application_can_be_synced_again(application: Application) -> None:
    await ended_while(
        application, by_control, "Job/slow", job("slow", hook="PreSync", outcome="hang")
    )

    outcome = await application.sync(job("slow", hook="PreSync"))

    assert outcome.succeeded, outcome.message


async def test_a_hook_that_is_kept_without_its_policy_is_deleted_on_terminate(
    application: Application,
) -> None:
    await ended_while(
        application,
        by_control,
        "Job/slow",
        job("slow", hook="PreSync", outcome="hang", policy=KEPT),
    )

    assert application.story.deleted() == ["Job/slow"]


async def test_nothing_that_runs_is_nothing_to_terminate(application: Application) -> None:
    await application.sync(config_map("settings"))

    with pytest.raises(StateError, match="no operation of shop is running"):
        await application.terminate()


async def test_an_operation_whose_process_died_is_ended_by_who_asks(
    application: Application,
) -> None:
    syncing = asyncio.create_task(
        application.sync(job("slow", hook="PreSync", outcome="hang"), config_map("settings"))
    )
    await application.until_told(waits_for(application, "Job/slow"))
    syncing.cancel()
    await asyncio.gather(syncing, return_exceptions=True)

    outcome = await application.terminate()

    assert outcome.message == "Operation terminated"
    assert application.story.deleted() == ["Job/slow"]
    assert application.grounds.leftovers() == []


async def test_a_deletion_is_terminated_while_its_hook_runs(
    application: Application, end: End
) -> None:
    await application.sync(
        config_map("settings"), job("drop", hook="PreDelete", outcome="hang", policy=KEPT)
    )
    control = tenter.Control()
    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete(control=control))
        await application.until_told(waits_for(application, "Job/drop"))
        await end(application, control)

    assert deleting.result().message == "Operation terminated"
    assert await application.grounds.get("ConfigMap", "settings") is not None
    assert application.grounds.leftovers() == []


async def test_a_deletion_is_terminated_while_an_object_does_not_go(
    application: Application, end: End
) -> None:
    stuck = config_map("stuck", wave=1)
    stuck["metadata"]["finalizers"] = ["example.com/stuck"]
    await application.sync(config_map("settings"), stuck)
    control = tenter.Control()
    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete(control=control))
        await application.until_told(waits_for(application, "deletion of ConfigMap/stuck"))
        await end(application, control)

    assert deleting.result().message == "Operation terminated"
    assert "deleting ConfigMap/settings" not in application.story


async def test_a_deletion_is_terminated_while_it_waits_to_try_again(
    application: Application, end: End
) -> None:
    await application.sync(config_map("settings"), job("drop", hook="PreDelete", outcome="fail"))
    control = tenter.Control()
    async with asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(application.delete(control=control))
        await application.until_told(lambda event: isinstance(event, tenter.AttemptEnded))
        await end(application, control)

    assert deleting.result().message == "Operation terminated"
    assert len(application.story.uids("Job", "drop")) == 1
    assert application.story.deleted() == ["Job/drop"]


async def test_a_second_sync_while_one_runs_is_refused_and_names_the_first(
    application: Application,
) -> None:
    control = tenter.Control()
    application.write(job("slow", hook="PreSync", outcome="hang"), config_map("settings"))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control))
        await application.until_told(waits_for(application, "Job/slow"))
        lease = await application.grounds.get("Lease", "tenter.shop", group="coordination.k8s.io")
        assert lease is not None
        with pytest.raises(OperationInProgress) as refused:
            await tenter.sync(
                application.folder,
                cluster=await application.grounds.opened(),
                application="shop",
            )
        control.terminate()

    assert lease["spec"]["holderIdentity"] in str(refused.value)
    assert "tenter terminate" in str(refused.value)
    assert syncing.result().terminated
    assert len(application.story.uids("Job", "slow")) == 1


async def test_of_two_syncs_that_begin_at_once_one_is_refused(application: Application) -> None:
    application.write(job("migrate", hook="PreSync"), config_map("settings"))
    clusters = [await application.grounds.opened() for _ in range(2)]

    outcomes = await asyncio.gather(
        *(
            tenter.sync(application.folder, cluster=cluster, application="shop")
            for cluster in clusters
        ),
        return_exceptions=True,
    )

    refused = [each for each in outcomes if isinstance(each, OperationInProgress)]
    assert len(refused) == 1, outcomes
    assert len(application.grounds.story().uids("Job", "migrate")) == 1


async def test_two_applications_are_synced_at_once(application: Application) -> None:
    application.write(job("migrate", hook="PreSync", outcome="succeed after=5"))
    other = application.folder.parent / "other"
    other.mkdir()
    (other / "all.yaml").write_text(
        (application.folder / "all.yaml").read_text().replace("migrate", "prepare")
    )

    outcomes = await asyncio.gather(
        application.sync(),
        tenter.sync(other, cluster=application.cluster, application="other"),
    )

    assert all(outcome.succeeded for outcome in outcomes)
    assert application.grounds.story().in_order("create Job/prepare", "finish Job/migrate")
