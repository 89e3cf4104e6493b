"""The saved state: a Secret beside a Lease, complete at every moment, gone after the deletion."""

from __future__ import annotations

import asyncio

import pytest

import tenter
from tenter.errors import StateError, UsageError
from tests.behaviour.application import NAME, Application
from tests.behaviour.manifests import config_map, job, namespace


async def test_the_lease_is_held_while_a_sync_runs_and_gone_afterwards(
    application: Application,
) -> None:
    application.write(job("migrate", hook="PreSync", outcome="succeed after=60"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(application.sync())
        await application.grounds.until("create Job/migrate")
        assert sorted(application.grounds.states()) == ["Lease/tenter.shop", "Secret/tenter.shop"]

    assert application.grounds.states() == ["Secret/tenter.shop"]


async def test_the_inventory_names_what_may_be_created_before_it_is(
    application: Application,
) -> None:
    application.write(config_map("settings", wave=1), job("migrate", hook="PreSync"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(application.sync())
        await application.grounds.until("create Job/migrate")
        inventory = (await application.state()).inventory

    assert [key.name for key in inventory.objects] == ["settings"]
    assert [key.name for key in inventory.hooks] == ["migrate"]


async def test_a_hook_that_is_deleted_leaves_the_inventory(application: Application) -> None:
    await application.sync(
        job("goes", hook="PreSync", policy="HookSucceeded"), job("stays", hook="PreSync")
    )

    assert [key.name for key in (await application.state()).inventory.hooks] == ["stays"]


async def test_a_hook_of_two_phases_stays_in_the_inventory_while_an_object_of_it_stays(
    application: Application,
) -> None:
    await application.sync(config_map("settings"), job("twice", hook="PreSync,PostSync"))

    assert [key.name for key in (await application.state()).inventory.hooks] == ["twice"]


async def test_the_record_tells_how_the_operation_ended(application: Application) -> None:
    await application.sync(job("bad", hook="PreSync", outcome="fail"))

    record = (await application.state()).record
    assert record is not None
    assert record.phase == "Failed"
    assert "Job/bad" in record.message
    assert record.finished_at is not None


async def test_the_words_of_a_secret_are_not_told_in_events_and_results(
    application: Application,
) -> None:
    from tests.behaviour.manifests import secret

    outcome = await application.sync(secret("password"))

    told = [event for event in application.told if not isinstance(event, tenter.AttemptPlanned)]
    assert "sesame" not in str(told)
    assert "sesame" not in str(outcome)


async def test_the_state_may_be_in_another_namespace(application: Application) -> None:
    await application.grounds.create(namespace("records"))

    await application.sync(config_map("settings"), state_namespace="records")

    assert (await application.state("records")).about.application == NAME
    assert await application.grounds.get("Secret", "tenter.shop") is None


async def test_the_state_is_not_kept_in_a_namespace_of_the_application(
    application: Application,
) -> None:
    with pytest.raises(UsageError, match="--state-namespace"):
        await application.sync(
            namespace("fresh"),
            config_map("settings"),
            namespace="fresh",
            create_namespace=True,
        )
    assert application.story.changed_nothing, application.story


async def test_another_source_under_the_same_name_is_refused(application: Application) -> None:
    await application.sync(config_map("settings"))
    application.folder = application.folder.parent / "elsewhere"

    with pytest.raises(StateError, match="--adopt"):
        await application.sync(config_map("other"))
    assert application.story.changed_nothing, application.story


async def test_another_source_may_adopt_the_application(application: Application) -> None:
    await application.sync(config_map("settings"))
    application.folder = application.folder.parent / "elsewhere"

    await application.sync(config_map("other"), adopt=True, prune=True)

    assert application.story.deleted() == ["ConfigMap/settings"]


async def test_a_state_that_cannot_be_read_is_told_and_nothing_is_touched(
    application: Application,
) -> None:
    await application.sync(config_map("settings"))
    await application.grounds.patch("Secret", "tenter.shop", {"data": {"record": "bm9uc2Vuc2U="}})

    with pytest.raises(StateError, match="tenter.shop in namespace default"):
        await application.sync(config_map("settings", {"new": "data"}))
    assert application.story.changed_nothing, application.story


async def test_a_large_application_is_remembered_whole(application: Application) -> None:
    import base64
    import random

    noise = random.Random(1)
    application.write(
        *(
            config_map(
                f"large{number}", {"noise": base64.b64encode(noise.randbytes(300_000)).decode()}
            )
            for number in range(4)
        )
    )

    await application.sync(keep_manifests=True)

    entries = (await application.state()).history
    assert entries[0].manifests is not None
    assert len(entries[0].manifests) == 4
    assert len(application.grounds.states()) > 1
    await application.delete()
    assert application.grounds.states() == []
