import asyncio

import pytest
from tests.applications.shop import Shop, config, job, results
from tests.applications.test_an_interrupted_sync import until_running
from tests.applications.test_history import commit, git

from tenter.applications import DeleteRequest, Outcome, delete
from tenter.engine import OperationPhase
from tenter.errors import StateError


async def remove(shop: Shop, *, skip_hooks: bool = False, cascade: bool = True) -> Outcome:
    request = DeleteRequest(
        application="shop", state_namespace="default", skip_hooks=skip_hooks, cascade=cascade
    )
    return await delete(request, shop.workplace())


async def test_an_applications_objects_and_its_state_are_deleted(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()

    outcome = await remove(shop)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.names("ConfigMap") == []
    assert await shop.names("Secret") == []
    assert await shop.names("Lease", group="coordination.k8s.io") == []


async def test_delete_hooks_run_around_the_cascade(shop: Shop) -> None:
    shop.write(
        job("name: goodbye", hook="PreDelete")
        + config("settings")
        + job("name: gone", hook="PostDelete")
    )
    await shop.sync()

    outcome = await remove(shop)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert [name for name, _ in results(outcome)] == ["goodbye", "settings", "gone"]


async def test_delete_hooks_do_not_run_in_a_sync(shop: Shop) -> None:
    shop.write(job("name: goodbye", hook="PreDelete") + config("settings"))

    outcome = await shop.sync()

    assert [name for name, _ in results(outcome)] == ["settings"]


async def test_delete_hooks_can_be_skipped(shop: Shop) -> None:
    shop.write(job("name: goodbye", hook="PreDelete", outcome="fail exit=1") + config("settings"))
    await shop.sync()

    outcome = await remove(shop, skip_hooks=True)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.names("ConfigMap") == []


async def test_a_repaired_delete_hook_takes_effect(shop: Shop) -> None:
    shop.write(job("name: goodbye", hook="PreDelete", outcome="fail exit=1") + config("settings"))
    await shop.sync()
    shop.write(job("name: goodbye", hook="PreDelete") + config("settings"))

    assert (await remove(shop)).phase is OperationPhase.SUCCEEDED


async def test_the_delete_hooks_are_those_of_the_branch_that_was_synced(shop: Shop) -> None:
    commit(shop, config("settings"))
    git(shop.folder, "checkout", "-q", "-b", "release")
    commit(shop, job("name: goodbye", hook="PreDelete") + config("settings"))
    git(shop.folder, "checkout", "-q", "main")
    await shop.sync(revision="release")

    outcome = await remove(shop)

    assert [name for name, _ in results(outcome)] == ["goodbye", "settings"]


async def test_without_the_source_the_delete_hooks_are_those_last_synced(shop: Shop) -> None:
    shop.write(job("name: goodbye", hook="PreDelete") + config("settings"))
    await shop.sync()
    (shop.folder / "all.yaml").unlink()
    shop.folder.rmdir()

    outcome = await remove(shop)

    assert [name for name, _ in results(outcome)] == ["goodbye", "settings"]


async def test_what_hooks_left_behind_goes_with_the_application(shop: Shop) -> None:
    shop.write(job("name: migrate", hook="PreSync") + config("settings"))
    await shop.sync()
    assert await shop.names("Job", group="batch") == ["migrate"]

    await remove(shop)

    assert await shop.names("Job", group="batch") == []


async def test_objects_stay_where_the_deletion_does_not_cascade(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()

    await remove(shop, cascade=False)

    assert await shop.names("ConfigMap") == ["settings"]


async def test_an_object_that_is_to_be_kept_stays(shop: Shop) -> None:
    shop.write(
        config("settings").replace(
            "{name: settings}",
            "{name: settings, annotations: {argocd.argoproj.io/sync-options: Delete=false}}",
        )
    )
    await shop.sync()

    await remove(shop)

    assert await shop.names("ConfigMap") == ["settings"]


async def test_what_a_chart_keeps_is_neither_pruned_nor_deleted(shop: Shop) -> None:
    kept = config("kept").replace(
        "name: kept", "name: kept, annotations: {helm.sh/resource-policy: keep}"
    )
    shop.write(kept + config("settings"))
    await shop.sync()
    shop.write(config("settings"))

    pruned = await shop.sync(prune=True)
    outcome = await remove(shop)

    assert ("kept", "ignored (no prune)") in results(pruned)
    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.names("ConfigMap") == ["kept"]


async def test_an_interrupted_deletion_lets_go_of_a_hook_that_is_skipped(shop: Shop) -> None:
    shop.write(config("settings") + job("name: goodbye", hook="PreDelete", outcome="hang"))
    await shop.sync()
    waiting = asyncio.ensure_future(until_running(shop, "goodbye"))
    await asyncio.sleep(0)
    deleting = asyncio.ensure_future(remove(shop))
    await waiting
    deleting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deleting

    outcome = await remove(shop, skip_hooks=True)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    jobs = await shop.client.list(await shop.client.resource("batch", "Job"), "default")
    # Its Pod has a moment to end; the Job goes with it.
    assert all(job["metadata"].get("deletionTimestamp") for job in jobs.items)
    assert "argocd" not in str([job["metadata"].get("finalizers") for job in jobs.items])


async def test_there_must_be_an_application_to_delete(shop: Shop) -> None:
    with pytest.raises(StateError, match="no application shop in namespace default"):
        await remove(shop)


async def test_an_interrupted_sync_is_ended_before_the_deletion(shop: Shop) -> None:
    shop.write(job("name: migrate", hook="PreSync", outcome="hang") + config("settings"))
    await interrupt(shop)

    outcome = await remove(shop)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.names("Job", group="batch") == []
    assert await shop.names("Secret") == []


async def interrupt(shop: Shop) -> None:
    """Cancel a sync whose hook runs."""
    running = asyncio.Event()
    shop.listener = lambda event: (
        running.set() if getattr(event, "state", None) == "Running" else None
    )
    syncing = asyncio.ensure_future(shop.sync())
    await running.wait()
    syncing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await syncing
    shop.listener = None
