"""What an Application's status says of Git and the cluster, and when it says it anew."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tenter.controller.wanted import Sources
from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, resources


async def test_an_application_that_was_never_synced_is_out_of_sync_and_missing(
    fleet: Fleet,
) -> None:
    commit = fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.until_status("OutOfSync")
    assert app["status"]["sync"]["revision"] == commit
    assert app["status"]["health"]["status"] == "Missing"
    assert resources(app) == {"ConfigMap/settings": "OutOfSync"}
    assert app["status"]["sourceType"] == "Directory"
    assert app["status"]["controllerNamespace"] == NAMESPACE
    assert app["status"]["reconciledAt"]
    assert app["status"]["sync"]["comparedTo"]["source"]["repoURL"] == fleet.repository.url


async def test_a_change_in_the_cluster_shows_at_once(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "default"},
            "data": {"a": "2"},
        }
        before = fleet.environment.now()
        await fleet.create(manifest)
        await fleet.until(lambda app: app["status"]["health"]["status"] == "Healthy")
    assert fleet.environment.now() - before < fleet.at_once


@pytest.mark.long("it waits by the clock")
async def test_a_commit_shows_when_git_is_next_looked_at(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        before = fleet.environment.now()
        commit = fleet.repository.commit({"more.yaml": config("more")})
        app = await fleet.until(lambda app: app["status"]["sync"]["revision"] == commit)
    assert "ConfigMap/more" in resources(app)
    assert 100 < fleet.environment.now() - before < 200


async def test_a_refresh_looks_at_git_at_once_and_takes_its_annotation_away(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        commit = fleet.repository.commit({"more.yaml": config("more")})
        before = fleet.environment.now()
        await fleet.refresh()
    app = fleet.now()
    assert app is not None
    assert app["status"]["sync"]["revision"] == commit
    assert fleet.environment.now() - before < fleet.at_once


@pytest.mark.long("it waits by the clock")
async def test_nothing_is_written_when_nothing_changed(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        await fleet.application()
        app = await fleet.until_status("OutOfSync")
        await asyncio.sleep(1000)
        assert fleet.now() is not None
    after = fleet.now()
    assert after is not None
    assert after["metadata"]["resourceVersion"] == app["metadata"]["resourceVersion"]


@pytest.mark.long("it waits by the clock")
async def test_an_application_with_skip_reconcile_is_left_alone(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings", a="1")})
    async with fleet.running():
        skip = {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}
        await fleet.application(metadata=skip)
        await asyncio.sleep(300)
        app = fleet.now()
        assert app is not None
        assert "status" not in app
        await fleet.edit({"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": None}}})
        await fleet.until_status("OutOfSync")


async def test_several_sources_are_one_application(fleet: Fleet) -> None:
    commit = fleet.repository.commit({"a/one.yaml": config("one"), "b/two.yaml": config("two")})
    url = fleet.repository.url
    async with fleet.running():
        await fleet.application(
            source={}, sources=[{"repoURL": url, "path": "a"}, {"repoURL": url, "path": "b"}]
        )
        app = await fleet.until_status("OutOfSync")
    assert resources(app) == {"ConfigMap/one": "OutOfSync", "ConfigMap/two": "OutOfSync"}
    assert app["status"]["sync"]["revisions"] == [commit, commit]
    assert app["status"]["sourceTypes"] == ["Directory", "Directory"]


async def test_a_missing_path_is_a_condition_and_heals_with_a_commit(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    async with fleet.running():
        await fleet.application(source={"path": "deploy"})
        app = await fleet.until_status("Unknown")
        assert "deploy" in conditions(app)["ComparisonError"]
        fleet.repository.commit({"deploy/settings.yaml": config("settings")})
        app = await fleet.until_status("OutOfSync")
    assert conditions(app) == {}


async def test_a_missing_project_is_a_condition_that_says_what_to_do(fleet: Fleet) -> None:
    fleet.repository.commit({"settings.yaml": config("settings")})
    async with fleet.running():
        await fleet.application(project="nowhere")
        app = await fleet.until_status("Unknown")
    assert "create the AppProject" in conditions(app)["InvalidSpecError"]
    assert app["status"]["health"]["status"] == "Unknown"


async def test_a_commit_about_other_paths_moves_the_revision_and_nothing_else(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.repository.commit({"a/one.yaml": config("one"), "b/two.yaml": config("two")})
    read: list[str] = []
    load = Sources.load

    async def counted(self: Sources, *given: Any) -> Any:
        read.append("a look into the files")
        return await load(self, *given)

    monkeypatch.setattr(Sources, "load", counted)
    async with fleet.running():
        await fleet.application(source={"path": "a"})
        await fleet.until_status("OutOfSync")
        assert len(read) == 1
        commit = fleet.repository.commit({"b/two.yaml": config("two", b="2")})
        await fleet.refresh()
        app = await fleet.until(lambda app: app["status"]["sync"]["revision"] == commit)
        assert len(read) == 1
        fleet.repository.commit({"a/one.yaml": config("one", a="2"), "a/more.yaml": config("more")})
        await fleet.refresh()
        app = await fleet.until(lambda app: "ConfigMap/more" in resources(app))
    assert len(read) == 2
    assert app["status"]["sync"]["revision"] != commit
