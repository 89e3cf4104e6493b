"""Deleting an Application: finalizers, delete hooks, the cascade, and what holds it up."""

from __future__ import annotations

from typing import Any

import pytest

from tenter.errors import NotFound
from tests.controller.fleet import NAMESPACE, Fleet, conditions, config, job

RESOURCES = "resources-finalizer.argocd.argoproj.io"
CASCADE: dict[str, Any] = {"finalizers": [RESOURCES]}


async def _delete(fleet: Fleet) -> None:
    await fleet.delete("Application", "shop", NAMESPACE, "argoproj.io")


async def test_the_cascade_deletes_the_objects_and_then_the_application(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + config("other")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await _delete(fleet)
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "settings")
        assert not await fleet.exists("ConfigMap", "other")


@pytest.mark.parametrize("how", ["/foreground", "/background"])
async def test_the_finalizer_says_how_to_cascade(fleet: Fleet, how: str) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application(metadata={"finalizers": [RESOURCES + how]})
        await fleet.sync()
        await _delete(fleet)
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "settings")


async def test_without_the_finalizer_the_objects_stay(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        await fleet.sync()
        await _delete(fleet)
        await fleet.until_gone()
        assert await fleet.exists("ConfigMap", "settings")


async def test_finalizers_are_kept_in_step_with_delete_hooks(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings"), "hook.yaml": job("bye", "PostDelete")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        app = await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
        assert app["metadata"]["finalizers"] == [
            RESOURCES,
            "post-delete-finalizer.argocd.argoproj.io",
            "post-delete-finalizer.argocd.argoproj.io/cleanup",
        ]
        fleet.repository.commit({"hook.yaml": None})
        await fleet.refresh()
        await fleet.until(lambda app: app["metadata"]["finalizers"] == [RESOURCES])


async def test_delete_hooks_run_before_and_after_the_cascade(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("before", "PreDelete") + job("after", "PostDelete")}
    )
    order: list[str] = []
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 5)
        for group, kind in (("batch", "Job"), ("", "ConfigMap")):
            await fleet.follow(group, kind)
        begun = len(fleet.seen)
        await _delete(fleet)
        await fleet.until_gone()
    for change in fleet.seen[begun:]:
        name = change.key.name
        if change.key.kind == "Job" and not change.deleted and name not in order:
            order.append(name)
        if name == "settings" and change.deleted:
            order.append("cascade")
    assert order == ["before", "cascade", "after"]


async def test_a_failing_pre_delete_hook_is_told_and_tried_again(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("before", "PreDelete", "fail exit=3")}
    )
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
        await _delete(fleet)
        app = await fleet.until(lambda app: "DeletionError" in conditions(app))
        assert "Retrying attempt #1" in conditions(app)["DeletionError"]
        assert await fleet.exists("ConfigMap", "settings")
        fleet.repository.commit({"all.yaml": config("settings") + job("before", "PreDelete")})
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "settings")


async def test_what_a_deletion_waits_for_is_told(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("a") + job("before", "PreDelete", "hang")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
        await _delete(fleet)
        await fleet.until(lambda app: "Job/before" in conditions(app)["DeletionWaiting"])
        await fleet.edit({"metadata": {"annotations": {"tenter.dev/skip-delete-hooks": "true"}}})
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "a")


async def test_a_vanished_path_keeps_nobody_from_deleting(fleet: Fleet) -> None:
    fleet.repository.commit({"deploy/all.yaml": config("settings") + job("after", "PostDelete")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE, source={"path": "deploy"})
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
        fleet.repository.commit({"deploy/all.yaml": None})
        await fleet.refresh()
        await _delete(fleet)
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "settings")
        # It has no delete policy that says otherwise, so it stays, and tells that it ran.
        ran = await fleet.get("Job", "after", group="batch")
    assert ran["status"]["succeeded"] == 1


async def test_a_running_sync_is_ended_first(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync", "hang")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
        await _delete(fleet)
        await fleet.until_gone()
        await fleet.until_absent("Job", "migrate", "batch")


async def test_another_controller_goes_on_with_a_deletion(fleet: Fleet) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("before", "PreDelete", "succeed after=30")}
    )
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
        await _delete(fleet)
        await fleet.until(lambda app: "DeletionWaiting" in conditions(app))
    async with fleet.running(identity="another"):
        await fleet.until_gone()
    with pytest.raises(NotFound):
        await fleet.get("ConfigMap", "settings")


async def test_nothing_is_left_of_an_application_that_is_gone(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("after", "PostDelete")})
    async with fleet.running():
        await fleet.application(metadata=CASCADE)
        await fleet.sync()
        await _delete(fleet)
        await fleet.until_gone()
        await fleet.until_no_runs()
        secrets = await fleet.names("Secret", NAMESPACE)
    assert [name for name in secrets if name.startswith("shop")] == []
