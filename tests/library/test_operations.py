from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.library.conftest import CONFIG, MIGRATE

import tenter
from tenter import errors


async def test_a_sync_runs_its_hooks_and_applies_its_objects(
    cluster: tenter.Cluster, shop: Path
) -> None:
    outcome = await tenter.sync(shop, cluster=cluster)
    assert outcome.succeeded, outcome.message
    assert outcome.application == "shop"
    done = [(one["kind"], one["name"]) for one in _resources(outcome)]
    assert done == [("Job", "migrate"), ("ConfigMap", "settings")]


async def test_a_failing_hook_is_an_outcome_and_no_error(
    cluster: tenter.Cluster, shop: Path
) -> None:
    (shop / "migrate.yaml").write_text(MIGRATE % "fail exit=3 log=no-such-table")
    outcome = await tenter.sync(shop, cluster=cluster)
    assert outcome.phase is tenter.OperationPhase.FAILED
    assert not [one for one in _resources(outcome) if one["kind"] == "ConfigMap"]
    report = await tenter.logs("shop", cluster=cluster)
    (hook,) = report.attempts[0].hooks.values()
    assert hook.containers[0].exit_code == 3
    assert "no-such-table" in hook.containers[0].log


async def test_a_stream_yields_every_event_and_ends_with_the_state(
    cluster: tenter.Cluster, shop: Path
) -> None:
    events = [event async for event in tenter.stream(shop, cluster=cluster)]
    assert isinstance(events[0], tenter.OperationStarted)
    last = events[-1]
    assert isinstance(last, tenter.OperationEnded)
    assert last.operation_state["phase"] == "Succeeded"


async def test_leaving_a_stream_early_leaves_an_operation_that_the_next_sync_finishes(
    cluster: tenter.Cluster, shop: Path
) -> None:
    (shop / "migrate.yaml").write_text(MIGRATE % "succeed after=1")
    async with aclosing(tenter.stream(shop, cluster=cluster)) as events:
        async for event in events:
            if isinstance(event, tenter.TaskChanged) and event.hook:
                break
    seen: list[tenter.Progress] = []
    outcome = await tenter.sync(shop, cluster=cluster, on_progress=seen.append)
    assert outcome.succeeded
    first = seen[0]
    assert isinstance(first, tenter.OperationStarted)
    assert first.resumed


async def test_bad_input_raised_in_a_stream_reaches_its_reader(
    cluster: tenter.Cluster, tmp_path: Path
) -> None:
    with pytest.raises(errors.SourceError):
        async for _ in tenter.stream(tmp_path / "none", cluster=cluster):
            pass


async def test_a_control_ends_a_running_sync(cluster: tenter.Cluster, shop: Path) -> None:
    (shop / "migrate.yaml").write_text(MIGRATE % "hang")
    control = tenter.Control()

    def end_when_it_hangs(event: tenter.Progress) -> None:
        if isinstance(event, tenter.TaskChanged) and event.state is tenter.TaskPhase.RUNNING:
            control.terminate()

    outcome = await tenter.sync(
        shop, cluster=cluster, control=control, on_progress=end_when_it_hangs
    )
    assert outcome.terminated
    assert outcome.phase is tenter.OperationPhase.FAILED


async def test_a_sync_that_runs_elsewhere_is_refused_and_can_be_terminated(
    cluster: tenter.Cluster, shop: Path
) -> None:
    (shop / "migrate.yaml").write_text(MIGRATE % "hang")
    running = asyncio.Event()

    def notice(event: tenter.Progress) -> None:
        if isinstance(event, tenter.TaskChanged) and event.state is tenter.TaskPhase.RUNNING:
            running.set()

    async with asyncio.TaskGroup() as group:
        first = group.create_task(tenter.sync(shop, cluster=cluster, on_progress=notice))
        await running.wait()
        with pytest.raises(errors.OperationInProgress):
            await tenter.sync(shop, cluster=cluster)
        assert isinstance(await tenter.terminate("shop", cluster=cluster), tenter.Asked)
    assert first.result().terminated


async def test_a_sync_out_of_time_says_so(cluster: tenter.Cluster, shop: Path) -> None:
    (shop / "migrate.yaml").write_text(MIGRATE % "hang")
    outcome = await tenter.sync(shop, cluster=cluster, timeout=1)
    assert outcome.timed_out
    assert not outcome.succeeded


async def test_what_surprises_in_a_plan_is_told_while_it_runs(
    cluster: tenter.Cluster, shop: Path
) -> None:
    text = (shop / "migrate.yaml").read_text()
    (shop / "migrate.yaml").write_text(
        text.replace("backoffLimit", "ttlSecondsAfterFinished: 60\n  backoffLimit")
    )
    warned: list[str] = []

    def listen(event: tenter.Progress) -> None:
        if isinstance(event, tenter.Warned):
            warned.append(event.message)

    await tenter.sync(shop, cluster=cluster, on_progress=listen)
    assert [message for message in warned if "ttlSecondsAfterFinished" in message]


async def test_the_only_application_needs_no_name(cluster: tenter.Cluster, shop: Path) -> None:
    await tenter.sync(shop, cluster=cluster)
    assert [entry.id for entry in await tenter.history(cluster=cluster)] == [0]


async def test_several_applications_need_a_name_and_are_listed(
    cluster: tenter.Cluster, shop: Path
) -> None:
    other = shop.with_name("other")
    other.mkdir()
    (other / "config.yaml").write_text(CONFIG.replace("settings", "others"))
    await tenter.sync(shop, cluster=cluster)
    await tenter.sync(other, cluster=cluster)
    with pytest.raises(errors.UsageError, match="other, shop"):
        await tenter.history(cluster=cluster)


async def test_an_unknown_application_is_answered_with_the_known_ones(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster)
    with pytest.raises(errors.StateError, match="shop"):
        await tenter.history("shpo", cluster=cluster)


async def test_an_overview_tells_a_change_made_by_hand(cluster: tenter.Cluster, shop: Path) -> None:
    await tenter.sync(shop, cluster=cluster)
    client = cluster.client
    resource = await client.resource("", "ConfigMap")
    await client.patch(resource, "default", "settings", {"data": {"colour": "red"}})
    overview = await tenter.overview("shop", cluster=cluster)
    assert overview.status is tenter.SyncStatus.OUT_OF_SYNC
    assert [one.key.name for one in overview.objects] == ["settings"]


async def test_a_rollback_brings_back_what_was_deployed_before(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster, keep_manifests=True)
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))
    await tenter.sync(shop, cluster=cluster, keep_manifests=True)
    outcome = await tenter.rollback("shop", 0, cluster=cluster)
    assert outcome.succeeded, outcome.message
    resource = await cluster.client.resource("", "ConfigMap")
    live = await cluster.client.get(resource, "default", "settings")
    assert live["data"] == {"colour": "blue"}


async def test_a_deleted_application_leaves_nothing_of_itself(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster)
    outcome = await tenter.delete("shop", cluster=cluster)
    assert outcome.succeeded, outcome.message
    resource = await cluster.client.resource("", "ConfigMap")
    assert not (await cluster.client.list(resource, "default", name="settings")).items
    with pytest.raises(errors.StateError):
        await tenter.history("shop", cluster=cluster)


def _resources(outcome: tenter.SyncOutcome) -> list[dict[str, str]]:
    resources: list[dict[str, str]] = outcome.operation_state["syncResult"]["resources"]
    return resources
