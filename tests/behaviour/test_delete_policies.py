"""Each delete policy, with each outcome and each kind of hook."""

from __future__ import annotations

import pytest

from tests.behaviour.application import Application, result
from tests.behaviour.manifests import SHIP_GROUP, config_map, job, task_of

KINDS = ("Job", "Pod", "Ship")
GROUPS = {"Job": "batch", "Pod": "", "Ship": SHIP_GROUP}
POLICIES = {
    "": (True, True),
    "BeforeHookCreation": (True, True),
    "HookSucceeded": (False, True),
    "HookFailed": (True, False),
    "HookSucceeded,HookFailed": (False, False),
    "HookSucceeded, BeforeHookCreation": (False, True),
    "BeforeHookCreation,HookFailed": (True, False),
}
"""Whether the hook stays: if it succeeded, if it failed."""


@pytest.mark.parametrize("succeeds", [True, False], ids=["succeeds", "fails"])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_hook_stays_or_goes_by_its_policy_and_its_own_outcome(
    application: Application, kind: str, policy: str, succeeds: bool
) -> None:
    if kind == "Ship":
        await application.grounds.open_harbour()

    outcome = await application.sync(
        task_of(kind, "hook", succeeds=succeeds, hook="PreSync", policy=policy),
        config_map("settings"),
    )

    assert outcome.succeeded is succeeds, outcome.message
    assert result(outcome, "hook")["hookPhase"] == ("Succeeded" if succeeds else "Failed")
    stays = POLICIES[policy][0 if succeeds else 1]
    live = await application.grounds.get(kind, "hook", group=GROUPS[kind])
    assert (live is not None) is stays
    assert application.grounds.leftovers() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_before_hook_creation_removes_the_old_hook_and_makes_a_new_one(
    application: Application, kind: str
) -> None:
    if kind == "Ship":
        await application.grounds.open_harbour()
    application.write(task_of(kind, "hook", succeeds=True, hook="PreSync"))

    await application.sync()
    first = application.story.uids(kind, "hook")
    await application.sync()

    second = application.story.uids(kind, "hook")
    assert len(first) == len(second) == 1
    assert first != second
    assert application.story.in_order(f"delete {kind}/hook", f"create {kind}/hook")


async def test_a_hook_with_the_hooks_policy_goes_though_the_sync_failed(
    application: Application,
) -> None:
    outcome = await application.sync(
        job("good", hook="PreSync", policy="HookSucceeded"),
        job("bad", hook="PreSync", outcome="fail", policy="HookSucceeded"),
    )

    assert not outcome.succeeded
    assert application.story.deleted() == ["Job/good"]


async def test_in_compatibility_the_policy_is_judged_by_the_whole_sync(
    application: Application,
) -> None:
    await application.sync(
        job("good", hook="PreSync", policy="HookFailed"),
        job("bad", hook="PreSync", outcome="fail", policy="HookSucceeded"),
        sync_options=["Compatibility=argocd"],
    )

    assert application.story.deleted() == ["Job/good"]


async def test_a_hook_is_deleted_at_the_end_of_the_sync_and_not_before(
    application: Application,
) -> None:
    await application.sync(
        job("early", hook="PreSync", policy="HookSucceeded"),
        job("late", hook="PostSync"),
        config_map("settings"),
    )

    assert application.story.in_order("finish Job/late", "deleting Job/early")


async def test_the_finalizer_goes_before_the_hook_is_deleted(application: Application) -> None:
    await application.sync(job("hook", hook="PreSync", policy="HookSucceeded"))

    assert application.story.in_order(
        "create Job/hook", "finish Job/hook", "release Job/hook", "delete Job/hook"
    )


async def test_a_hooks_pods_go_with_it(application: Application) -> None:
    await application.sync(job("hook", hook="PreSync", policy="HookSucceeded"))

    client = application.grounds.client
    pods = await client.list(await client.resource("", "Pod"), "default")
    assert pods.items == []


async def test_a_hook_without_health_check_goes_by_its_policy(application: Application) -> None:
    outcome = await application.sync(
        config_map("note", hook="PreSync", policy="HookSucceeded"), config_map("settings")
    )

    assert result(outcome, "note")["message"] == "configmap/note created"
    assert application.story.deleted() == ["ConfigMap/note"]
