import subprocess
from pathlib import Path

import msgspec
import pytest
from tests.applications.shop import Shop, config, job, results

from tenter.applications import Application, SyncRequest, history, overview, rollback, sync
from tenter.engine import OperationPhase, Selected
from tenter.errors import UsageError
from tenter.sources import GitSource


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(shop: Shop, text: str) -> str:
    shop.write(text)
    if not (shop.folder / ".git").exists():
        git(shop.folder, "init", "-q", "-b", "main")
    git(shop.folder, "add", "-A")
    git(shop.folder, "commit", "-q", "-m", "change")
    return git(shop.folder, "rev-parse", "HEAD")


def request(shop: Shop) -> SyncRequest:
    source = GitSource(repository=str(shop.folder), path=".")
    application = Application(name="shop", source=source, namespace="default")
    return SyncRequest(application=application)


async def test_each_successful_sync_is_an_entry_counted_from_zero(shop: Shop) -> None:
    first = commit(shop, config("settings", colour="blue"))
    await sync(request(shop), shop.workplace())
    second = commit(shop, config("settings", colour="red"))
    await sync(request(shop), shop.workplace())

    entries = await history(shop.workplace(), "shop", "default")

    assert [(entry.id, entry.revision) for entry in entries] == [(0, first), (1, second)]


async def test_a_failed_sync_writes_no_history(shop: Shop) -> None:
    shop.write(job("name: migrate", hook="PreSync", outcome="fail exit=1"))
    await shop.sync()

    assert await history(shop.workplace(), "shop", "default") == []


async def test_a_selective_sync_writes_no_history(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync(selection=(Selected(group="", kind="ConfigMap", name="settings"),))

    assert await history(shop.workplace(), "shop", "default") == []


async def test_a_rollback_brings_back_what_was_deployed_and_runs_no_hooks(shop: Shop) -> None:
    first = commit(shop, config("settings", colour="blue") + job("name: migrate", hook="PreSync"))
    await sync(request(shop), shop.workplace())
    commit(shop, config("settings", colour="red") + job("name: migrate", hook="PreSync"))
    await sync(request(shop), shop.workplace())

    outcome = await rollback(shop.workplace(), "shop", "default", 0)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert (await shop.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}
    assert [name for name, _ in results(outcome)] == ["settings"]
    entries = await history(shop.workplace(), "shop", "default")
    assert [(entry.id, entry.revision) for entry in entries][-1] == (2, first)


async def test_without_git_a_rollback_needs_kept_manifests(shop: Shop) -> None:
    shop.write(config("settings", colour="blue"))
    await shop.sync()

    with pytest.raises(UsageError, match="--keep-manifests"):
        await rollback(shop.workplace(), "shop", "default", 0)


async def test_kept_manifests_can_be_gone_back_to(shop: Shop) -> None:
    shop.write(config("settings", colour="blue"))
    await shop.sync(keep_manifests=True)
    shop.write(config("settings", colour="red"))
    await shop.sync(keep_manifests=True)

    await rollback(shop.workplace(), "shop", "default")

    assert (await shop.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_an_unknown_entry_is_refused_naming_the_known(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()

    with pytest.raises(UsageError, match="no history entry 7; there are: 0"):
        await rollback(shop.workplace(), "shop", "default", 7)


async def test_the_history_is_bounded(shop: Shop) -> None:
    shop.write(config("settings"))
    application = msgspec.structs.replace(shop.request().application, history_limit=2)
    for _ in range(3):
        await sync(SyncRequest(application=application), shop.workplace())

    entries = await history(shop.workplace(), "shop", "default")

    assert [entry.id for entry in entries] == [1, 2]


async def test_an_overview_says_what_differs_and_what_is_left_over(shop: Shop) -> None:
    shop.write(config("settings", colour="blue") + config("other") + config("same"))
    await shop.sync()
    shop.write(config("settings", colour="red") + config("same"))

    seen = await overview(shop.workplace(), "shop", "default")

    assert (seen.status, seen.health) == ("OutOfSync", "Healthy")
    assert [(o.key.name, o.status.value, o.requires_pruning) for o in seen.objects] == [
        ("settings", "OutOfSync", False),
        ("same", "Synced", False),
        ("other", "OutOfSync", True),
    ]


async def test_an_overview_without_its_source_does_not_know(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()
    (shop.folder / "all.yaml").unlink()

    seen = await overview(shop.workplace(), "shop", "default")

    assert seen.status == "Unknown"
    assert "ComparisonError" in seen.message


async def test_hooks_do_not_count_in_an_overview(shop: Shop) -> None:
    shop.write(config("settings") + job("name: migrate", hook="PreSync"))
    await shop.sync()

    seen = await overview(shop.workplace(), "shop", "default")

    assert [each.key.name for each in seen.objects] == ["settings"]
    assert seen.status == "Synced"
