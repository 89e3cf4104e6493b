"""What is remembered of an application between two commands, and the way back."""

from __future__ import annotations

import pytest

import tenter
from tenter.errors import UsageError
from tests.behaviour.application import Application
from tests.behaviour.manifests import KEPT, config_map, job


def colour(name: str) -> dict[str, object]:
    return config_map("settings", {"colour": name})


async def live_colour(application: Application) -> str:
    live = await application.grounds.get("ConfigMap", "settings")
    assert live is not None
    found: str = live["data"]["colour"]
    return found


async def test_history_counts_from_zero(application: Application) -> None:
    for name in ("red", "blue", "green"):
        await application.sync(colour(name))

    entries = await tenter.history("shop", cluster=application.cluster)
    assert [entry.id for entry in entries] == [0, 1, 2]


async def test_history_keeps_the_last_ten(application: Application) -> None:
    application.write(colour("red"))
    for _ in range(12):
        await application.sync()

    entries = await tenter.history("shop", cluster=application.cluster)
    assert [entry.id for entry in entries] == list(range(2, 12))


async def test_a_failed_sync_writes_no_history(application: Application) -> None:
    await application.sync(colour("red"))
    await application.sync(job("bad", hook="PreSync", outcome="fail"))

    assert len(await tenter.history("shop", cluster=application.cluster)) == 1


async def test_a_terminated_sync_writes_no_history(application: Application) -> None:
    control = tenter.Control()
    control.terminate()
    await application.sync(colour("red"), control=control)

    assert (await application.state()).history == []


async def test_a_dry_run_writes_nothing(application: Application) -> None:
    outcome = await application.sync(colour("red"), job("migrate", hook="PreSync"), dry_run=True)

    assert outcome.succeeded, outcome.message
    assert application.story.changed_nothing, application.story
    assert application.grounds.states() == []


async def test_a_rollback_brings_the_earlier_objects_back_and_runs_no_hooks(
    application: Application,
) -> None:
    hooks = [job("migrate", hook="PreSync"), job("smoke", hook="PostSync")]
    await application.sync(colour("red"), *hooks, keep_manifests=True)
    await application.sync(colour("blue"), *hooks, keep_manifests=True)

    outcome = await application.rollback()

    assert outcome.succeeded, outcome.message
    assert await live_colour(application) == "red"
    assert application.story.lines == ["update ConfigMap/settings"]


async def test_a_rollback_goes_to_the_entry_that_is_named(application: Application) -> None:
    for name in ("red", "blue", "green"):
        await application.sync(colour(name), keep_manifests=True)

    await application.rollback(0)

    assert await live_colour(application) == "red"


async def test_a_rollback_writes_history_of_its_own(application: Application) -> None:
    for name in ("red", "blue"):
        await application.sync(colour(name), keep_manifests=True)

    await application.rollback()

    entries = await tenter.history("shop", cluster=application.cluster)
    assert [entry.id for entry in entries] == [0, 1, 2]


async def test_a_rollback_prunes_what_came_later_if_asked(application: Application) -> None:
    await application.sync(colour("red"), keep_manifests=True)
    await application.sync(colour("red"), config_map("later"), keep_manifests=True)

    await application.rollback(prune=True)

    assert application.story.deleted() == ["ConfigMap/later"]


async def test_a_rollback_without_prune_leaves_what_came_later(
    application: Application,
) -> None:
    await application.sync(colour("red"), keep_manifests=True)
    await application.sync(colour("red"), config_map("later"), keep_manifests=True)

    await application.rollback()

    assert application.story.deleted() == []


async def test_a_rollback_that_fails_runs_no_sync_fail_hooks(application: Application) -> None:
    clean = job("clean", hook="SyncFail")
    await application.sync(colour("red"), clean, keep_manifests=True)
    await application.sync(colour("blue"), clean, keep_manifests=True)
    application.grounds.forbid(verb="patch", resource="configmaps")

    outcome = await application.rollback()

    assert outcome.phase == "Failed"
    assert application.story.created() == []


async def test_a_rollback_to_an_unknown_entry_is_refused(application: Application) -> None:
    await application.sync(colour("red"), keep_manifests=True)

    with pytest.raises(UsageError, match="no history entry 7; there are: 0"):
        await application.rollback(7)
    assert application.story.changed_nothing


async def test_a_rollback_without_git_or_kept_manifests_is_refused(
    application: Application,
) -> None:
    await application.sync(colour("red"))
    await application.sync(colour("blue"))

    with pytest.raises(UsageError, match="--keep-manifests"):
        await application.rollback()


async def test_a_rollback_from_git_reads_the_earlier_commit(application: Application) -> None:
    import asyncio

    async def git(*arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            "git", "-C", str(application.folder), *arguments, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0

    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    application.write(colour("red"))
    await git("init", "-q", "-b", "main")
    for name in ("red", "blue"):
        application.write(colour(name), job("migrate", hook="PreSync", policy=KEPT))
        await git("add", ".")
        await git(*identity, "commit", "-q", "-m", name)
        address = f"file://{application.folder}"
        await tenter.sync(address, cluster=application.cluster, application="shop")

    outcome = await application.rollback()

    assert outcome.succeeded, outcome.message
    assert await live_colour(application) == "red"
    assert application.story.lines == ["update ConfigMap/settings"]
    entries = await tenter.history("shop", cluster=application.cluster)
    assert entries[0].revision == entries[2].revision != entries[1].revision
