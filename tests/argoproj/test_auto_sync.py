from typing import Any

import pytest

from tenter.argoproj import (
    AutoSyncDecision,
    ResourceReport,
    SyncReport,
    WindowVerdict,
    decide_auto_sync,
    heal_pause,
    plain,
    read_application,
)

NOW = 1_767_268_800.0  # 2026-01-01T12:00:00Z
JUST_NOW = "2026-01-01T12:00:00Z"
OPEN = WindowVerdict(allowed=True)
SOURCE = {"repoURL": "https://example.com/shop", "path": ".", "targetRevision": "main"}
DRIFTED = (
    ResourceReport(kind="ConfigMap", version="v1", namespace="shop", name="a", status="OutOfSync"),
    ResourceReport(kind="ConfigMap", version="v1", namespace="shop", name="b", status="Synced"),
)


def decided(
    automated: dict[str, Any] | None = None,
    *,
    status: str = "OutOfSync",
    revision: str = "new",
    resources: tuple[ResourceReport, ...] = DRIFTED,
    window: WindowVerdict = OPEN,
    state: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    now: float = NOW,
    **parts: Any,
) -> AutoSyncDecision:
    application = read_application(
        {
            "metadata": {"name": "shop"},
            "spec": {
                "source": SOURCE,
                "syncPolicy": {
                    "automated": {} if automated is None else automated,
                    **(policy or {}),
                },
            },
            "status": {"operationState": state} if state else {},
            **parts,
        }
    )
    sync = SyncReport(status=status, revision=revision)
    return decide_auto_sync(application, sync, resources, window, now)


def attempt(
    phase: str, revision: str = "new", *, heals: int = 0, finished: str = JUST_NOW, **result: Any
) -> dict[str, Any]:
    return {
        "operation": {"sync": {"autoHealAttemptsCount": heals}},
        "phase": phase,
        "message": "one or more objects failed to apply",
        "startedAt": finished,
        "finishedAt": finished,
        "syncResult": {"revision": revision, "source": SOURCE, **result},
    }


def test_a_new_revision_is_synced_as_the_policy_says() -> None:
    found = decided({"prune": True}, policy={"syncOptions": ["PruneLast=true"]})
    assert found.operation is not None
    assert plain(found.operation) == {
        "initiatedBy": {"automated": True},
        "retry": {"limit": 5},
        "sync": {
            "revision": "new",
            "source": SOURCE,
            "prune": True,
            "syncOptions": ["PruneLast=true"],
        },
    }


def test_the_policys_own_retry_replaces_the_default() -> None:
    found = decided(policy={"retry": {"limit": 1}})
    assert found.operation is not None
    assert found.operation.retry is not None
    assert found.operation.retry.limit == 1


@pytest.mark.parametrize(
    ("automated", "given", "why"),
    [
        ({"enabled": False}, {}, "auto-sync is off"),
        ({}, {"status": "Synced"}, "the application is Synced"),
        ({}, {"status": "Unknown"}, "the application is Unknown"),
        ({}, {"operation": {"sync": {}}}, "another operation is in progress"),
        ({}, {"state": attempt("Running")}, "another operation is in progress"),
        ({}, {"state": attempt("Terminating")}, "another operation is in progress"),
        (
            {},
            {"metadata": {"name": "shop", "deletionTimestamp": JUST_NOW}},
            "the application is being deleted",
        ),
    ],
)
def test_nothing_is_begun_where_there_is_no_call_for_it(
    automated: dict[str, Any], given: dict[str, Any], why: str
) -> None:
    assert decided(automated, **given) == AutoSyncDecision(why=why)


EXTRA = ResourceReport(kind="Pod", name="old", status="OutOfSync", requires_pruning=True)
FINE = ResourceReport(kind="Pod", name="fine", status="Synced")


def test_differences_that_only_a_prune_would_end_need_automated_prune() -> None:
    assert decided({}, resources=(EXTRA, FINE)).operation is None
    assert decided({"prune": True}, resources=(EXTRA, FINE)).operation is not None


def test_everything_is_pruned_only_where_an_empty_application_is_allowed() -> None:
    found = decided({"prune": True}, resources=(EXTRA,))
    assert found.operation is None
    assert found.condition is not None
    assert found.condition.type == "SyncError"
    assert "Skipping sync attempt to [new]: auto-sync will wipe out" in found.condition.message
    assert decided({"prune": True, "allowEmpty": True}, resources=(EXTRA,)).operation is not None


def test_a_shut_window_blocks_until_it_opens() -> None:
    shut = WindowVerdict(allowed=False, reason="the deny window is open", until=NOW + 60)
    found = decided({}, window=shut)
    assert (found.operation, found.again_at) == (None, NOW + 60)
    assert found.why.startswith("Sync operation blocked by sync window")


def test_a_failed_revision_is_not_tried_again_and_says_so() -> None:
    found = decided({"selfHeal": True}, state=attempt("Failed"))
    assert found.operation is None
    assert found.condition is not None
    assert found.condition.message == (
        "Failed last sync attempt to [new]: one or more objects failed to apply"
    )


def test_an_operation_that_failed_before_its_result_is_not_tried_again() -> None:
    state = attempt("Error")
    del state["syncResult"]
    state["operation"]["sync"] = {"revision": "new", "source": SOURCE}
    assert decided({}, state=state).operation is None
    assert decided({}, state=state, revision="newer").operation is not None


def test_another_revision_after_a_failed_one_is_synced() -> None:
    assert decided({}, state=attempt("Failed", "old")).operation is not None


def test_another_source_after_a_failed_sync_is_synced() -> None:
    other = {**SOURCE, "path": "elsewhere"}
    assert decided({}, state=attempt("Failed", source=other)).operation is not None


def test_another_name_for_a_failed_revision_is_tried() -> None:
    renamed = {**SOURCE, "targetRevision": "v1"}
    assert decided({}, state=attempt("Failed", source=renamed)).operation is not None


def test_a_synced_revision_is_not_synced_again_without_self_heal() -> None:
    assert decided({}, state=attempt("Succeeded")) == AutoSyncDecision(
        why="[new] was synced already, and selfHeal is off"
    )


def test_self_heal_syncs_only_what_drifted_and_counts() -> None:
    found = decided({"selfHeal": True}, state=attempt("Succeeded"))
    assert found.operation is not None
    assert found.operation.sync is not None
    assert found.operation.sync.auto_heal_attempts_count == 1
    assert [each.name for each in found.operation.sync.resources] == ["a"]
    assert not found.operation.sync.runs_hooks


def test_self_heal_pauses_between_attempts() -> None:
    state = attempt("Succeeded", heals=2)
    found = decided({"selfHeal": True}, state=state, now=NOW + 5.9)
    assert (found.operation, found.again_at) == (None, NOW + 6)
    healed = decided({"selfHeal": True}, state=state, now=NOW + 6).operation
    assert healed is not None
    assert healed.sync is not None
    assert healed.sync.auto_heal_attempts_count == 3


def test_pauses_of_self_heal_grow_to_five_minutes() -> None:
    assert [heal_pause(attempts) for attempts in range(8)] == [0, 2, 6, 18, 54, 162, 300, 300]


def test_a_dry_run_is_no_attempt() -> None:
    state = attempt("Succeeded")
    state["operation"]["sync"]["dryRun"] = True
    assert decided({}, state=state).operation is not None


def test_several_sources_are_synced_at_their_revisions() -> None:
    application = read_application(
        {
            "metadata": {"name": "shop"},
            "spec": {"sources": [SOURCE, SOURCE], "syncPolicy": {"automated": {}}},
        }
    )
    sync = SyncReport(status="OutOfSync", revisions=("a", "b"))
    found = decide_auto_sync(application, sync, DRIFTED, OPEN, NOW).operation
    assert found is not None
    assert found.sync is not None
    assert (found.sync.revisions, found.sync.source) == (("a", "b"), None)
    assert len(found.sync.sources) == 2
