import asyncio
from datetime import UTC, datetime

import pytest
from tests.applications.shop import Shop, config, job, results

from tenter.applications import Asked, Outcome, sync, terminate
from tenter.applications.secrets import StateSecrets
from tenter.engine import OperationPhase, TaskPhase
from tenter.errors import OperationInProgress, StateError, StoodDown
from tenter.runner import Control
from tenter.runner.progress import OperationStarted, TaskChanged

SLOW = job("name: migrate", hook="PreSync", outcome="hang") + config("settings")


async def until_running(shop: Shop, name: str = "migrate") -> None:
    """Return when the hook runs."""
    running = asyncio.Event()
    tell = shop.told.append

    def listen(event: object) -> None:
        tell(event)  # type: ignore[arg-type]
        if isinstance(event, TaskChanged):
            ours = event.key.name == name
            if ours and event.state is TaskPhase.RUNNING:
                running.set()

    shop.listener = listen
    await running.wait()


def begin(shop: Shop, tasks: asyncio.TaskGroup) -> "asyncio.Task[Outcome]":
    return tasks.create_task(shop.sync())


async def interrupted(shop: Shop) -> None:
    """Leave an operation behind whose hook runs, as a process that is ended at once does."""
    waiting = asyncio.ensure_future(until_running(shop))
    await asyncio.sleep(0)
    running = asyncio.ensure_future(shop.sync())
    await waiting
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def finish_job(shop: Shop, name: str = "migrate") -> None:
    """Have a Pod of the hanging hook succeed, by replacing its Job's Pod status."""
    pods = await shop.client.resource("", "Pod")
    listed = await shop.client.list(pods, "default")
    for pod in listed.items:
        if pod["metadata"]["name"].startswith(name):
            await shop.client.patch(
                pods,
                "default",
                pod["metadata"]["name"],
                {"status": {"phase": "Succeeded"}},
                subresource="status",
            )


async def test_a_second_sync_beside_a_running_one_is_refused_naming_the_first(shop: Shop) -> None:
    shop.write(SLOW)
    control = Control()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        first = tasks.create_task(sync(shop.request(), shop.workplace(control=control)))
        await waiting

        with pytest.raises(OperationInProgress, match=r"a test \("):
            await shop.sync()

        control.terminate()
        assert (await first).phase is OperationPhase.FAILED


async def test_the_next_sync_goes_on_with_an_interrupted_one(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)
    (before,) = await shop.names("Pod")
    await finish_job(shop)

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert outcome.resumed
    assert await shop.names("Pod") == [before]
    assert await shop.exists("ConfigMap", "settings")


async def test_an_interrupted_sync_goes_on_with_what_it_was_begun_with(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)
    shop.write(config("something-else"))
    await finish_job(shop)

    await shop.sync()

    assert await shop.exists("ConfigMap", "settings")
    assert not await shop.exists("ConfigMap", "something-else")


async def test_terminating_from_within_releases_and_deletes_what_runs(shop: Shop) -> None:
    shop.write(SLOW)
    control = Control()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        running = tasks.create_task(sync(shop.request(), shop.workplace(control=control)))
        await waiting
        control.terminate()
        outcome = await running

    assert (outcome.phase, outcome.message) == (OperationPhase.FAILED, "Operation terminated")
    assert results(outcome) == [("migrate", "Terminated")]
    assert not await shop.exists("ConfigMap", "settings")


async def test_a_wish_to_end_made_before_the_start_counts(shop: Shop) -> None:
    shop.write(SLOW)
    control = Control()
    control.terminate()

    outcome = await sync(shop.request(), shop.workplace(control=control))

    assert outcome.message == "Operation terminated"
    assert await shop.names("Pod") == []


async def test_another_process_can_have_the_operation_end(shop: Shop) -> None:
    shop.write(SLOW)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(until_running(shop))
        await asyncio.sleep(0)
        running = begin(shop, tasks)
        await waiting

        asked = await terminate(shop.workplace(), "shop", "default", "enough")

        assert isinstance(asked, Asked)
        assert (await running).message == "enough"


async def test_an_operation_that_nobody_runs_is_ended_at_once(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)

    ended = await terminate(shop.workplace(), "shop", "default")

    assert isinstance(ended, Outcome)
    assert ended.phase is OperationPhase.FAILED
    assert await shop.names("Job", group="batch") == []


async def test_there_is_nothing_to_terminate_when_nothing_runs(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()

    with pytest.raises(StateError, match="no operation of shop is running"):
        await terminate(shop.workplace(), "shop", "default")


async def test_a_wish_to_end_does_not_reach_the_next_operation(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()
    secrets = StateSecrets(shop.client, "shop", "default", "")
    await secrets.annotate({"tenter.dev/terminate": "late"})

    assert (await shop.sync()).phase is OperationPhase.SUCCEEDED


async def test_a_process_whose_operation_was_taken_over_stands_down(shop: Shop) -> None:
    shop.write(SLOW)
    waiting = asyncio.ensure_future(until_running(shop))
    await asyncio.sleep(0)
    running = asyncio.ensure_future(shop.sync())
    await waiting
    other = StateSecrets(shop.client, "shop", "default", "another process")
    await other.load()
    await other.save({})

    await finish_job(shop)

    with pytest.raises(StoodDown, match="another process"):
        await running


async def test_a_lease_that_has_run_out_is_taken(shop: Shop) -> None:
    shop.write(config("settings"))
    leases = await shop.client.resource("coordination.k8s.io", "Lease")
    long_ago = datetime.fromtimestamp(shop.environment.now() - 60, UTC)
    await shop.client.create(
        leases,
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "tenter.shop", "namespace": "default"},
            "spec": {
                "holderIdentity": "a dead process",
                "leaseDurationSeconds": 15,
                "renewTime": long_ago.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            },
        },
    )

    assert (await shop.sync()).phase is OperationPhase.SUCCEEDED


async def test_nothing_of_the_lease_stays_after_a_sync(shop: Shop) -> None:
    shop.write(config("settings"))

    await shop.sync()

    assert await shop.names("Lease", group="coordination.k8s.io") == []


async def test_an_approval_from_outside_lets_a_prune_go_on(shop: Shop) -> None:
    guarded = config("other").replace(
        "{name: other}",
        "{name: other, annotations: {argocd.argoproj.io/sync-options: Prune=confirm}}",
    )
    shop.write(config("settings") + guarded)
    await shop.sync()
    shop.write(config("settings"))
    async with asyncio.TaskGroup() as tasks:
        started = asyncio.Event()
        tell = shop.told.append

        def listen(event: object) -> None:
            tell(event)  # type: ignore[arg-type]
            if "pruning confirmation" in getattr(event, "message", ""):
                started.set()

        shop.listener = listen
        running = tasks.create_task(shop.sync(prune=True))
        await started.wait()
        approved = datetime.fromtimestamp(shop.environment.now() + 1, UTC).isoformat()
        secrets = StateSecrets(shop.client, "shop", "default", "")
        await secrets.annotate({"argocd.argoproj.io/deletion-approved": approved})
        outcome = await running

    assert ("other", "pruned") in results(outcome)


async def test_resuming_is_told(shop: Shop) -> None:
    shop.write(SLOW)
    await interrupted(shop)
    await finish_job(shop)

    await shop.sync()

    assert [event.resumed for event in shop.events(OperationStarted)] == [False, True]
