"""Hooks and objects in other namespaces, at cluster scope, and of kinds that come with the sync."""

from __future__ import annotations

import pytest

import tenter
from tests.behaviour.application import Application, results
from tests.behaviour.grounds import Grounds
from tests.behaviour.harbour import Harbour
from tests.behaviour.manifests import (
    SHIP_GROUP,
    cluster_role,
    config_map,
    job,
    namespace,
    pod,
    ship,
    ship_kind,
)


def places(application: Application) -> dict[str, str]:
    return {
        f"{step.kind}/{step.name}": step.namespace
        for step in application.story.steps
        if step.what == "create"
    }


async def test_a_hook_may_be_in_another_namespace(
    application: Application, grounds: Grounds
) -> None:
    await grounds.create(namespace("tools"))

    outcome = await application.sync(
        job("migrate", hook="PreSync", namespace="tools", policy="HookSucceeded"),
        config_map("settings"),
    )

    assert outcome.succeeded, outcome.message
    assert places(application) == {"Job/migrate": "tools", "ConfigMap/settings": "default"}
    assert application.story.deleted() == ["Job/migrate"]


async def test_hooks_of_one_name_in_two_namespaces_both_run(
    application: Application, grounds: Grounds
) -> None:
    await grounds.create(namespace("tools"))

    outcome = await application.sync(
        job("migrate", hook="PreSync", namespace="tools"), job("migrate", hook="PreSync")
    )

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "migrate")) == 2


async def test_a_hook_may_be_in_a_namespace_of_the_same_sync(application: Application) -> None:
    outcome = await application.sync(
        namespace("tools", wave=3),
        job("migrate", hook="PreSync", namespace="tools"),
        config_map("settings"),
    )

    assert outcome.succeeded, outcome.message
    assert application.story.in_order(
        "create Namespace/tools", "create Job/migrate", "create ConfigMap/settings"
    )


@pytest.mark.parametrize("policy", ["BeforeHookCreation", "HookSucceeded"])
async def test_a_hook_may_be_cluster_scoped(
    application: Application, grounds: Grounds, policy: str
) -> None:
    outcome = await application.sync(
        cluster_role("reader", hook="PreSync", policy=policy), config_map("settings")
    )

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("create ClusterRole/reader", "create ConfigMap/settings")
    live = await grounds.get("ClusterRole", "reader", group="rbac.authorization.k8s.io")
    assert (live is None) is (policy == "HookSucceeded")
    assert grounds.leftovers() == []


async def test_a_namespace_may_be_a_hook(application: Application, grounds: Grounds) -> None:
    application.write(
        namespace("scratch", hook="PreSync", policy="HookSucceeded"), config_map("settings")
    )

    outcome = await application.sync()
    await grounds.until("delete Namespace/scratch")

    assert outcome.succeeded, outcome.message
    assert grounds.leftovers() == []


async def test_a_kind_and_its_object_come_in_one_sync(application: Application) -> None:
    outcome = await application.sync(
        ship("argo", outcome="hang"), ship_kind(), config_map("settings", wave=-1)
    )

    assert outcome.succeeded, outcome.message
    assert application.story.in_order(
        "create CustomResourceDefinition/ships.harbour.example", "create Ship/argo"
    )


async def test_a_kind_moves_before_a_hook_of_its_kind(
    application: Application, grounds: Grounds
) -> None:
    import asyncio

    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(
            application.sync(ship_kind(wave=5), ship("argo", hook="PreSync"), config_map("last"))
        )
        await grounds.until("create Ship/argo")
        await grounds.client.discovery.refresh()
        async with Harbour(grounds.client, grounds.environment):
            await grounds.until("finish Ship/argo")
            outcome = await syncing

    assert outcome.succeeded, outcome.message
    assert [each["kind"] for each in results(outcome)] == [
        "CustomResourceDefinition",
        "Ship",
        "ConfigMap",
    ]
    assert application.story.in_order("finish Ship/argo", "create ConfigMap/last")


async def test_a_custom_health_check_is_waited_for(
    application: Application, grounds: Grounds
) -> None:
    await grounds.open_harbour()

    await application.sync(ship("argo", wave=-1), config_map("settings"))

    assert application.story.in_order("finish Ship/argo", "create ConfigMap/settings")


async def test_a_custom_health_check_fails_the_sync(
    application: Application, grounds: Grounds
) -> None:
    await grounds.open_harbour()

    outcome = await application.sync(ship("argo", outcome="fail", wave=-1), config_map("settings"))

    assert outcome.phase == "Failed"
    assert "sank" in outcome.message
    assert "create ConfigMap/settings" not in application.story


async def test_the_namespace_is_created_with_its_metadata(
    application: Application, grounds: Grounds
) -> None:
    from tenter.sources import LocalSource

    application.write(config_map("settings"), job("migrate", hook="PreSync"))
    described = tenter.Application(
        name="shop",
        source=LocalSource(path=str(application.folder)),
        namespace="fresh",
        sync_options=("CreateNamespace=true",),
        namespace_labels={"team": "red"},
        namespace_annotations={"owner": "us"},
    )

    outcome = await tenter.sync(described, cluster=application.cluster)

    assert outcome.succeeded, outcome.message
    assert grounds.story().in_order(
        "create Namespace/fresh", "create Job/migrate", "create ConfigMap/settings"
    )
    live = await grounds.get("Namespace", "fresh")
    assert live is not None
    assert live["metadata"]["labels"]["team"] == "red"
    assert live["metadata"]["annotations"]["owner"] == "us"


async def test_a_created_namespace_is_there_before_the_pre_sync_hooks(
    application: Application,
) -> None:
    outcome = await application.sync(
        job("migrate", hook="PreSync"), namespace="fresh", create_namespace=True
    )

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("create Namespace/fresh", "create Job/migrate")


async def test_a_pod_in_a_fresh_namespace_waits_for_its_account(application: Application) -> None:
    outcome = await application.sync(
        pod("before", hook="PreSync"),
        pod("worker", restart="Always"),
        job("after", hook="PostSync"),
        namespace="fresh",
        create_namespace=True,
    )

    assert outcome.succeeded, outcome.message
    assert application.story.in_order(
        "create Namespace/fresh", "finish Pod/before", "create Pod/worker", "finish Job/after"
    )


async def test_the_kind_of_the_application_is_found_at_the_group(
    application: Application, grounds: Grounds
) -> None:
    await grounds.open_harbour()
    await application.sync(ship("argo"))

    assert await grounds.get("Ship", "argo", group=SHIP_GROUP) is not None
