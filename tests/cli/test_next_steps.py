from __future__ import annotations

from pathlib import Path

from tenter.cli.flags import ApplicationChoice, ClusterChoice
from tenter.cli.next_steps import after_delete, after_sync
from tenter.library import OperationPhase, SyncOutcome

SHOP = ApplicationChoice(name="shop", namespace="web")
FAILED = SyncOutcome(application="shop", phase=OperationPhase.FAILED, message="no")


def test_the_commands_offered_name_the_same_application_and_cluster() -> None:
    steps = after_sync(FAILED, SHOP, ClusterChoice(context="prod"))
    assert steps[0].startswith("tenter logs --app shop -n web --context prod")
    assert steps[-1] == "tenter history --app shop -n web --context prod"


def test_after_success_nothing_is_offered() -> None:
    good = SyncOutcome(application="shop", phase=OperationPhase.SUCCEEDED, message="")
    assert after_sync(good, SHOP, ClusterChoice()) == []
    assert after_delete(good, SHOP, ClusterChoice()) == []


def test_after_what_an_earlier_run_left_comes_what_was_asked_for() -> None:
    good = SyncOutcome(application="shop", phase=OperationPhase.SUCCEEDED, message="", resumed=True)
    assert "Now what was asked for" in after_sync(good, SHOP, ClusterChoice())[-1]


def test_a_throwaway_cluster_offers_no_command_that_would_need_it() -> None:
    assert not any(
        "tenter " in step for step in after_sync(FAILED, SHOP, ClusterChoice(embedded=True))
    )
    kept = ClusterChoice(embedded=True, data=Path("c"))
    assert any("--embedded --data c" in step for step in after_sync(FAILED, SHOP, kept))


def test_a_sync_out_of_time_is_offered_more_time() -> None:
    slow = SyncOutcome(
        application="shop", phase=OperationPhase.FAILED, message="timed out", timed_out=True
    )
    assert any("--timeout" in step for step in after_sync(slow, SHOP, ClusterChoice()))


def test_a_failed_deletion_is_offered_to_leave_the_hooks_out() -> None:
    assert after_delete(FAILED, SHOP, ClusterChoice())[-1] == (
        "tenter delete --app shop -n web --skip-hooks"
    )
