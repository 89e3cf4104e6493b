from pathlib import Path

import pytest
from tests.applications.shop import Shop, job, results

from tenter.applications import preview
from tenter.engine import OperationPhase
from tenter.errors import (
    DuplicateObject,
    HookError,
    NoManifests,
    OptionError,
    StateError,
    UsageError,
    WaveError,
)
from tenter.runner.progress import LogLine, OperationEnded, OperationStarted, TaskChanged

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
"""
OTHER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
"""
NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: default}
---
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ships.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: ships, singular: ship, kind: Ship, listKind: ShipList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.com/v1
kind: Ship
metadata: {name: argo}
---
"""


async def test_an_object_of_the_source_is_on_the_cluster(shop: Shop) -> None:
    shop.write(CONFIG)

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert (await shop.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_a_hook_runs_before_the_objects(shop: Shop) -> None:
    shop.write(CONFIG + job("name: migrate", hook="PreSync"))

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert [name for name, _ in results(outcome)] == ["migrate", "settings"]


async def test_a_failing_hook_fails_the_sync_and_says_why(shop: Shop) -> None:
    shop.write(CONFIG + job("name: migrate", hook="PreSync", outcome="fail exit=3 log='no table'"))

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.FAILED
    assert "migrate" in outcome.message
    assert not await shop.exists("ConfigMap", "settings")


async def test_a_hooks_exit_code_and_last_words_outlive_it(shop: Shop) -> None:
    policy = {"argocd.argoproj.io/hook-delete-policy": "HookFailed"}
    shop.write(job("name: migrate", hook="PreSync", outcome="fail exit=3 log='no table'", **policy))

    outcome = await shop.sync()

    assert not await shop.exists("Job", "migrate", group="batch")
    (hook,) = outcome.report.attempts[0].hooks.values()
    assert (hook.containers[0].exit_code, hook.containers[0].log) == (3, "no table")
    assert "no table" in [line.text for line in shop.events(LogLine)]


async def test_no_finalizer_is_left_on_a_hook(shop: Shop) -> None:
    shop.write(job("name: migrate", hook="PreSync"))

    await shop.sync()

    assert "finalizers" not in (await shop.get("Job", "migrate", group="batch"))["metadata"]


async def test_a_sync_fail_hook_runs_after_a_failure(shop: Shop) -> None:
    shop.write(
        job("name: migrate", hook="PreSync", outcome="fail exit=1")
        + job("name: mend", hook="SyncFail")
    )

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.FAILED
    assert [name for name, _ in results(outcome)] == ["migrate", "mend"]


async def test_a_generated_hook_runs_with_each_sync(shop: Shop) -> None:
    shop.write(job("generateName: migrate-", hook="PreSync"))

    await shop.sync()
    await shop.sync()

    assert len(await shop.names("Job", group="batch")) == 2


async def test_a_second_sync_changes_nothing(shop: Shop) -> None:
    shop.write(CONFIG)

    first, second = await shop.sync(), await shop.sync()

    assert results(first) == [("settings", "configmap/settings created")]
    assert results(second) == [("settings", "configmap/settings unchanged")]


async def test_what_the_source_no_longer_has_is_pruned_when_asked(shop: Shop) -> None:
    shop.write(CONFIG + OTHER)
    await shop.sync()
    shop.write(CONFIG)

    outcome = await shop.sync(prune=True)

    assert ("other", "pruned") in results(outcome)
    assert not await shop.exists("ConfigMap", "other")


async def test_without_prune_it_stays_and_is_named(shop: Shop) -> None:
    shop.write(CONFIG + OTHER)
    await shop.sync()
    shop.write(CONFIG)

    outcome = await shop.sync()

    assert ("other", "ignored (requires pruning)") in results(outcome)
    assert await shop.exists("ConfigMap", "other")


async def test_an_object_that_lost_its_tracking_id_is_not_pruned(shop: Shop) -> None:
    shop.write(CONFIG + OTHER)
    await shop.sync()
    shop.write(CONFIG)
    resource = await shop.client.resource("", "ConfigMap")
    await shop.client.patch(resource, "default", "other", {"metadata": {"annotations": None}})

    await shop.sync(prune=True)

    assert await shop.exists("ConfigMap", "other")


async def test_a_kind_and_its_object_come_in_one_sync(shop: Shop) -> None:
    shop.write(CRD)

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.exists("Ship", "argo", group="example.com")


async def test_the_namespace_is_created_when_asked(shop: Shop) -> None:
    shop.write(CONFIG)

    outcome = await shop.sync(namespace="fresh", create_namespace=True)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.exists("ConfigMap", "settings", namespace="fresh")


async def test_a_missing_namespace_is_refused(shop: Shop) -> None:
    shop.write(CONFIG)

    with pytest.raises(StateError, match="namespace fresh does not exist"):
        await shop.sync(namespace="fresh")


async def test_a_dry_run_changes_nothing_and_says_what_it_would_do(shop: Shop) -> None:
    shop.write(CONFIG)
    before = len(shop.cluster.store.history)

    outcome = await shop.sync(dry_run=True)

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert results(outcome) == [("settings", "configmap/settings created (dry run)")]
    assert len(shop.cluster.store.history) == before


async def test_a_preview_holds_the_plan(shop: Shop) -> None:
    shop.write(CONFIG + job("name: migrate", hook="PreSync"))

    seen = await preview(shop.request(), shop.workplace())

    assert [task.key.name for task in seen.plan.tasks] == ["migrate", "settings"]


async def test_an_object_the_server_rejects_fails_before_anything_is_applied(shop: Shop) -> None:
    shop.write(CONFIG + OTHER.replace("---", "dada: {}\n---"))

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.FAILED
    assert "unknown field .dada" in outcome.message
    assert not await shop.exists("ConfigMap", "settings")


async def test_with_validate_false_undeclared_fields_are_dropped(shop: Shop) -> None:
    shop.write(OTHER.replace("---", "dada: {}\n---"))

    outcome = await shop.sync(options=("Validate=false",))

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert await shop.exists("ConfigMap", "other")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (CONFIG + CONFIG, DuplicateObject),
        (
            CONFIG.replace(
                "{name: settings}", "{name: a, annotations: {argocd.argoproj.io/hook: PreSink}}"
            ),
            HookError,
        ),
        (
            CONFIG.replace(
                "{name: settings}", "{name: a, annotations: {argocd.argoproj.io/sync-wave: one}}"
            ),
            WaveError,
        ),
        (
            CONFIG.replace(
                "{name: settings}",
                "{name: a, annotations: {argocd.argoproj.io/sync-options: Prun=false}}",
            ),
            OptionError,
        ),
        ("", NoManifests),
    ],
)
async def test_bad_input_is_refused_before_anything_is_touched(
    shop: Shop, text: str, error: type[Exception]
) -> None:
    shop.write(text)
    before = len(shop.cluster.store.history)

    with pytest.raises(error):
        await shop.sync()

    assert len(shop.cluster.store.history) == before


async def test_the_state_is_not_kept_in_a_namespace_of_the_application(shop: Shop) -> None:
    shop.write(NAMESPACE + CONFIG)

    with pytest.raises(UsageError, match="state-namespace"):
        await shop.sync()


async def test_another_source_under_the_same_name_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.write(CONFIG)
    await shop.sync()
    shop.folder = tmp_path / "elsewhere"
    shop.write(CONFIG)

    with pytest.raises(StateError, match="--adopt"):
        await shop.sync()


async def test_another_source_may_adopt_the_application(shop: Shop, tmp_path: Path) -> None:
    shop.write(CONFIG)
    await shop.sync()
    shop.folder = tmp_path / "elsewhere"
    shop.write(CONFIG)

    assert (await shop.sync(adopt=True)).phase is OperationPhase.SUCCEEDED


async def test_a_failed_sync_is_tried_again(shop: Shop) -> None:
    import msgspec

    from tenter.applications import sync
    from tenter.engine import RetryOptions

    shop.write(job("name: migrate", hook="PreSync", outcome="fail exit=1"))
    request = shop.request()
    retry = RetryOptions(limit=1, duration=0.1)
    request = msgspec.structs.replace(
        request, application=msgspec.structs.replace(request.application, retry=retry)
    )

    outcome = await sync(request, shop.workplace())

    assert outcome.operation_state["retryCount"] == 1
    assert len(outcome.report.attempts) == 2


async def test_listeners_hear_the_operation_from_its_start_to_its_end(shop: Shop) -> None:
    shop.write(CONFIG)

    await shop.sync()

    assert isinstance(shop.told[0], OperationStarted)
    assert isinstance(shop.told[-1], OperationEnded)
    assert [event.message for event in shop.events(TaskChanged)][-1] == "configmap/settings created"


async def test_a_selective_sync_applies_only_what_is_selected(shop: Shop) -> None:
    from tenter.engine import Selected

    shop.write(CONFIG + OTHER)

    outcome = await shop.sync(selection=(Selected(group="", kind="ConfigMap", name="other"),))

    assert [name for name, _ in results(outcome)] == ["other"]
    assert not await shop.exists("ConfigMap", "settings")
