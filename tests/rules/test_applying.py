"""Rules of applying, on a cluster in memory."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import pytest

from tenter.diff import IgnoreRule
from tenter.embedded import EmbeddedCluster
from tenter.engine import AttemptFacts, SyncOptions, Target, option_reading, plan, planning
from tenter.engine.options import ObjectOptions
from tenter.environment import Environment
from tenter.kube import Client
from tenter.kube.building import WriteOptions
from tenter.manifests import Manifest, key_of
from tenter.runner import applying, preflight, standing
from tenter.runner.progress import Warned
from tests.engine.world import config as world_config
from tests.engine.world import job as world_job
from tests.rules.registry import rule
from tests.runner.ground import Ground, config, job, messages
from tests.runner.writes import Counting, Meddling


def on_a_cluster(story: Callable[[Ground], Awaitable[None]]) -> None:
    async def play() -> None:
        environment = Environment(now=time.time, random=random.Random(1))
        async with EmbeddedCluster(environment) as cluster:
            await story(Ground(cluster, Client(cluster.transport(), environment), environment))

    asyncio.run(play())


def tracked(application: str) -> str:
    said = f"argocd.argoproj.io/tracking-id: '{application}:/ConfigMap:default/settings'"
    return config("settings", colour=application).replace(
        "annotations: {", f"annotations: {{{said}, "
    )


async def their_settings(ground: Ground, manager: str, **data: str) -> None:
    resource = await ground.client.resource("", "ConfigMap")
    metadata = {"name": "settings", "namespace": "default"}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    await ground.client.apply(resource, obj, field_manager=manager)


async def live_data(ground: Ground) -> dict[str, str]:
    data: dict[str, str] = (await ground.get("ConfigMap", "settings"))["data"]
    return data


def _everything_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planning, "_left_out", lambda _: {})


@rule("OPTION-OUT-OF-SYNC", breaks=_everything_counts)
def test_objects_in_sync_are_left_out_and_hooks_are_not() -> None:
    targets = [
        Target(m) for m in (world_config("a"), world_config("b"), world_job("m", hook="PreSync"))
    ]
    key = key_of(targets[0].manifest)
    facts = AttemptFacts(operation="o", number=0, started=1, in_sync=(key,))
    options = option_reading.read_options(["ApplyOutOfSyncOnly=true"])
    assert options.out_of_sync_only
    assert [task.key.name for task in plan(targets, options, facts).tasks] == ["m", "b"]


def _under_another_name(patch: pytest.MonkeyPatch) -> None:
    honest = WriteOptions.query

    def query(self: WriteOptions) -> list[tuple[str, str]]:
        return [(k, "elsewhere" if k == "fieldManager" else v) for k, v in honest(self)]

    patch.setattr(WriteOptions, "query", query)


@rule("APPLY-SERVER", breaks=_under_another_name)
def test_objects_are_applied_server_side_by_tenter() -> None:
    async def story(ground: Ground) -> None:
        await ground.run(config("settings", colour="blue"))
        (entry,) = (await ground.get("ConfigMap", "settings"))["metadata"]["managedFields"]
        assert (entry["manager"], entry["operation"]) == ("tenter", "Apply")

    on_a_cluster(story)


def _nothing_is_settled(patch: pytest.MonkeyPatch) -> None:
    async def settled(*_: object) -> None:
        return

    patch.setattr(standing.Standing, "settled", settled)


def _hooks_do_not_matter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing.Standing, "hooks_ran", False)


@rule("APPLY-UNCHANGED", breaks=_nothing_is_settled)
def test_an_unchanged_object_is_neither_tried_nor_written() -> None:
    async def story(ground: Ground) -> None:
        await ground.run(config("settings", colour="blue"))
        counting = Counting(ground.cluster.transport())
        record = await ground.run(config("settings", colour="blue"), transport=counting)
        assert counting.writes == []
        assert messages(record) == {"settings": "configmap/settings unchanged"}

    on_a_cluster(story)


@rule("APPLY-UNCHANGED", breaks=_hooks_do_not_matter)
def test_what_a_hook_changed_is_written_back_though_no_watch_told_of_it() -> None:
    async def story(ground: Ground) -> None:
        text = config("settings", colour="blue") + job("first", hook="PreSync")
        await ground.run(text)
        resource = await ground.client.resource("", "ConfigMap")

        async def meddle() -> None:
            await ground.client.patch(resource, "default", "settings", {"data": {"colour": "red"}})

        await ground.run(text, transport=Meddling(ground.cluster.transport(), meddle))
        assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}

    on_a_cluster(story)


def _nothing_is_taken_over(patch: pytest.MonkeyPatch) -> None:
    async def take_over(*_: object) -> None:
        return

    patch.setattr(applying, "take_over", take_over)


@rule("APPLY-TAKEOVER", breaks=_nothing_is_taken_over)
def test_a_field_goes_when_the_source_drops_it_whoever_applied_it() -> None:
    async def story(ground: Ground) -> None:
        await their_settings(ground, "argocd-controller", colour="blue", old="1")
        await ground.run(config("settings", colour="blue"))
        assert await live_data(ground) == {"colour": "blue"}

    on_a_cluster(story)


def _migration_cannot_be_declined(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(option_reading._OBJECT, "ClientSideApplyMigration", lambda _: {})


@rule("APPLY-NO-TAKEOVER", breaks=_migration_cannot_be_declined)
def test_without_migration_owners_stay_as_they_are() -> None:
    async def story(ground: Ground) -> None:
        await their_settings(ground, "argocd-controller", colour="blue", old="1")
        await ground.run(config("settings", colour="blue"), "ClientSideApplyMigration=false")
        assert (await live_data(ground))["old"] == "1"

    on_a_cluster(story)


def _always_server_side(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(option_reading._OBJECT, "ServerSideApply", lambda _: {})


@rule("APPLY-CLIENT", breaks=_always_server_side)
def test_client_side_apply_removes_what_was_applied_last_and_is_not_wanted_any_more() -> None:
    async def story(ground: Ground) -> None:
        for data in ({"colour": "blue", "old": "1"}, {"colour": "blue"}):
            await ground.run(config("settings", **data), "ServerSideApply=false")
        live: Manifest = await ground.get("ConfigMap", "settings")
        assert live["data"] == {"colour": "blue"}
        assert "kubectl.kubernetes.io/last-applied-configuration" in live["metadata"]["annotations"]

    on_a_cluster(story)


def _no_object_is_client_side(patch: pytest.MonkeyPatch) -> None:
    honest = option_reading.read_options

    def read_options(*given: object) -> SyncOptions:
        options = honest(*given)  # type: ignore[arg-type]
        return SyncOptions(
            argocd_compatible=options.argocd_compatible, objects=ObjectOptions(server_side=True)
        )

    patch.setattr(option_reading, "read_options", read_options)


@rule("APPLY-CLIENT", breaks=_no_object_is_client_side)
def test_compatibility_applies_client_side_unless_told_otherwise() -> None:
    def is_server_side(*texts: str) -> bool:
        return option_reading.read_options(texts).objects.server_side

    assert not is_server_side("Compatibility=argocd")
    assert is_server_side("ServerSideApply=true", "Compatibility=argocd")


def _sharing_is_fine(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(preflight, "sharing", lambda *_: "")


@rule("APPLY-SHARED", breaks=_sharing_is_fine)
def test_an_object_of_another_application_is_taken_over_with_a_warning() -> None:
    async def story(ground: Ground) -> None:
        await ground.run(tracked("one"))
        await ground.run(tracked("two"))
        (warned,) = ground.events(Warned)
        assert 'application "one"' in warned.message
        assert await live_data(ground) == {"colour": "two"}

    on_a_cluster(story)


@rule("APPLY-SHARED-FAILS", breaks=_sharing_is_fine)
def test_an_object_of_another_application_can_fail_the_sync() -> None:
    async def story(ground: Ground) -> None:
        await ground.run(tracked("one"))
        await ground.run(tracked("two") + config("other"), "FailOnSharedResource=true")
        assert await live_data(ground) == {"colour": "one"}
        assert not await ground.exists("ConfigMap", "other")

    on_a_cluster(story)


def _nothing_is_respected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing, "with_live_values", lambda target, *_: target)


@rule("APPLY-RESPECT", breaks=_nothing_is_respected)
def test_a_sync_can_leave_ignored_differences_as_they_are() -> None:
    async def story(ground: Ground) -> None:
        ignore = (IgnoreRule(kind="ConfigMap", pointers=("/data/size",)),)
        for size in ("1", "2"):
            text = config("settings", size=size)
            await ground.run(text, "RespectIgnoreDifferences=true", ignore=ignore)
        assert await live_data(ground) == {"size": "1"}

    on_a_cluster(story)
