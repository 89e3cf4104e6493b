"""A controller that dies at any of its writes: the next one goes on, and each hook runs once."""

from __future__ import annotations

import pytest

from tests.controller.fleet import NAMESPACE, Fleet, config, job

STORY = (
    config("settings")
    + job("before", "PreSync", "succeed after=2")
    + job("after", "PostSync", "succeed after=2")
)
CUTS = range(1, 24)


@pytest.mark.parametrize("writes", CUTS)
async def test_a_sync_survives_the_death_of_its_controller(fleet: Fleet, writes: int) -> None:
    fleet.repository.commit({"all.yaml": STORY})
    await fleet.follow("batch", "Job")
    await fleet.application()
    await fleet.edit({"operation": {"sync": {}}})
    answered = writes % 2 == 0  # whether it lives to see the answer to its last write
    await fleet.dying_after(writes, answered=answered, identity="one", lease_seconds=2.0)
    async with fleet.running(identity="two", lease_seconds=2.0):
        app = await fleet.until_ended()
        app = await fleet.until_status("Synced")
    assert app["status"]["operationState"]["phase"] == "Succeeded"
    assert len(app["status"]["history"]) == 1
    created = {(change.key.name, change.uid) for change in fleet.seen if change.key.kind == "Job"}
    assert sorted(name for name, _ in created) == ["after", "before"]
    for name in ("before", "after"):
        found = await fleet.get("Job", name, group="batch")
        assert "finalizers" not in found["metadata"]


@pytest.mark.parametrize("writes", range(1, 18, 2))
async def test_a_deletion_survives_the_death_of_its_controller(fleet: Fleet, writes: int) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("bye", "PreDelete", "succeed after=2")}
    )
    finalizers = ["resources-finalizer.argocd.argoproj.io"]
    async with fleet.running(identity="zero"):
        await fleet.application(metadata={"finalizers": finalizers})
        await fleet.sync()
        await fleet.until(lambda app: len(app["metadata"]["finalizers"]) == 3)
    await fleet.follow("batch", "Job")
    await fleet.delete("Application", "shop", NAMESPACE, "argoproj.io")
    await fleet.dying_after(writes, answered=False, identity="one", lease_seconds=2.0)
    async with fleet.running(identity="two", lease_seconds=2.0):
        await fleet.until_gone()
        assert not await fleet.exists("ConfigMap", "settings")
    created = {change.uid for change in fleet.seen if change.key.kind == "Job"}
    assert len(created) == 1
