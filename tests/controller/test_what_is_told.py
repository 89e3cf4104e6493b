"""What the controller tells beside the status: Events for people, metrics, and what it heeds."""

from __future__ import annotations

import asyncio

from tenter.argoproj import Push
from tests.controller.fleet import NAMESPACE, PATIENCE, Fleet, conditions, config, job


async def events(fleet: Fleet, last: str) -> dict[str, str]:
    """Return the messages of the Application's Events by reason, once there is ``last``."""
    resource = await fleet.client.resource("", "Event")
    async with asyncio.timeout(PATIENCE):
        while True:
            found = {
                each["reason"]: each["message"]
                for each in (await fleet.client.list(resource, NAMESPACE)).items
                if each["involvedObject"]["kind"] == "Application"
            }
            if last in found:
                return found
            await asyncio.sleep(0.1)


async def test_an_operation_is_told_by_events(fleet: Fleet) -> None:
    commit = fleet.repository.commit({"settings.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        await fleet.sync(revision=commit, initiatedBy={"username": "ann"})
        told = await events(fleet, "OperationCompleted")
    assert told["OperationStarted"] == f"ann initiated sync to {commit}"
    assert told["OperationCompleted"] == f"Sync operation to {commit} succeeded"
    assert told["ResourceUpdated"].startswith("Updated ")


async def test_an_operation_is_counted_with_its_hooks(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync")})
    async with fleet.running() as made:
        await fleet.application()
        await fleet.sync()
        text = made.metrics.text().decode()
    server = "https://kubernetes.default.svc"
    assert (
        f'argocd_app_sync_total{{dest_server="{server}",dry_run="false",name="shop",'
        f'namespace="argocd",phase="Succeeded",project="default"}} 1.0'
    ) in text
    assert 'tenter_hooks_total{phase="PreSync",result="Succeeded"} 1.0' in text
    assert "argocd_app_reconcile_count{" in text
    repository = f'repo="{fleet.repository.url}"'
    assert f'argocd_git_request_total{{{repository},request_type="ls-remote"}}' in text
    assert f'argocd_git_request_total{{{repository},request_type="fetch"}} 1.0' in text
    assert 'argocd_app_info{autosync_enabled="false"' in text


async def test_a_push_shows_before_git_would_be_looked_at(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running() as made:
        made.repositories.interval = 0
        await fleet.application()
        await fleet.until_status("OutOfSync")
        commit = fleet.repository.commit({"settings.yaml": config("settings", a="2")})
        elsewhere = Push(urls=("https://example.com/other",), ref="refs/heads/main")
        made.pushed(elsewhere)
        made.pushed(Push(urls=(fleet.repository.url,), ref="refs/heads/main"))
        app = await fleet.until(lambda app: app["status"]["sync"]["revision"] == commit)
    assert app["status"]["sync"]["status"] == "OutOfSync"


async def test_a_push_reaches_the_replica_that_looks_after_the_application(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running(identity="one") as one, fleet.running(identity="two") as two:
        for made in (one, two):
            made.repositories.interval = 0
        await fleet.application()
        await fleet.until_status("OutOfSync")
        (other,) = [each for each in (one, two) if not list(each.applications())]
        commit = fleet.repository.commit({"settings.yaml": config("settings", a="2")})
        other.pushed(Push(urls=(fleet.repository.url,), ref="refs/heads/main"))
        app = await fleet.until(lambda app: app["status"]["sync"]["revision"] == commit)
    assert "argocd.argoproj.io/refresh" not in app["metadata"].get("annotations", {})


async def test_a_repositorys_secret_counts_as_soon_as_it_is_there_and_no_longer(
    fleet: Fleet,
) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        await fleet.create(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": "shop",
                    "namespace": NAMESPACE,
                    "labels": {"argocd.argoproj.io/secret-type": "repository"},
                },
                "stringData": {"url": fleet.repository.url, "password": "two\nlines"},
            }
        )
        app = await fleet.until(lambda app: conditions(app)["ComparisonError"])
        assert "is more than one line" in conditions(app)["ComparisonError"]
        await fleet.delete("Secret", "shop", NAMESPACE)
        await fleet.until(lambda app: not conditions(app))
