from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from tests.cli import operations as op

from tenter.cli.view import OperationView, PlainLines, summary_lines
from tenter.cli.view.text import line_text
from tenter.library import (
    AttemptEnded,
    Key,
    OperationPhase,
    Phase,
    Plan,
    Progress,
    ResultStatus,
    TaskKind,
    TaskPhase,
)


def told(events: Iterable[Progress]) -> list[str]:
    view, plain, lines = OperationView(), PlainLines(), []
    for event in events:
        view.feed(event)
        lines += [line_text(line) for line in plain.lines(view, event)]
    return lines


def summary(events: Iterable[Progress], next_steps: Sequence[str] = ()) -> list[str]:
    view = OperationView()
    for event in events:
        view.feed(event)
    return [line_text(line) for line in summary_lines(view, next_steps=next_steps)]


def test_a_good_sync_reads_as_a_story() -> None:
    assert told(op.good_sync()) == [
        "shop at 3f2a1bc in namespace shop",
        "   0.1 s  PreSync, wave 0: 1 hook",
        "   0.2 s    hook Job/migrate running",
        "   0.3 s  waiting for completion of hook batch/Job/migrate",
        "   2.2 s    hook Job/migrate succeeded after 2.0 s",
        "   2.3 s  Sync, wave 0: 2 objects",
        "   2.4 s    ConfigMap/settings unchanged",
        "   2.5 s    Deployment/web configured",
    ]


def test_a_log_line_names_the_hook_that_said_it() -> None:
    lines = told(op.failed_migration())
    assert f"{'':10}Job/migrate │ no such column: colour" in lines


def test_a_repeated_state_is_told_once() -> None:
    again = op.changed(op.MIGRATE_TASK, TaskPhase.RUNNING, at=1)
    lines = told([op.started(), op.planned(), again, again])
    assert sum("Job/migrate" in line for line in lines) == 1


def test_the_same_wait_is_told_once() -> None:
    wait = op.waiting("waiting for completion of hook batch/Job/migrate", op.MIGRATE, 0)
    assert len(told([op.started(), op.planned(), wait, wait])) == 2


def test_a_retry_is_announced_with_its_cause_and_delay() -> None:
    failed = AttemptEnded(
        at=op.START + 3,
        number=0,
        phase=OperationPhase.FAILED,
        message="migrate failed",
        retry_at=op.START + 8,
    )
    lines = told([op.started(), op.planned(), failed, op.planned(number=1, at=8)])
    assert lines[1:] == [
        "   3.0 s  attempt 1 failed: migrate failed; the next starts in 5.0 s",
        "   8.0 s  attempt 2",
    ]


def test_the_summary_of_a_good_sync_counts_what_was_done() -> None:
    assert summary(op.good_sync()) == [
        "✔ shop succeeded after 2.6 s: 2 objects synced (1 unchanged), 1 hook succeeded."
    ]


def test_the_summary_of_a_failure_has_cause_log_tail_and_next_steps() -> None:
    assert summary(op.failed_migration(), ["tenter logs --app shop"]) == [
        "✘ shop failed after 3.1 s: hook batch/Job/migrate failed",
        '  ✘ PreSync hook Job/migrate: container "main" failed with exit code 1',
        "    │ applying 0003",
        "    │ no such column: colour",
        "  ✔ SyncFail 1 hook: Job/clean-up",
        "Next:",
        "  tenter logs --app shop",
    ]


def test_a_sync_that_goes_on_with_an_earlier_one_says_so() -> None:
    resumed = msgspec.structs.replace(op.started(), resumed=True)
    assert told([resumed]) == [
        "shop at 3f2a1bc in namespace shop, going on with what an earlier run left unfinished"
    ]


def test_the_verdict_does_not_repeat_what_the_failures_below_it_say() -> None:
    end = 'container "main" failed with exit code 1'
    *before, _ = op.failed_migration()
    message = f"some tasks failed, reason: batch/Job/migrate: {end}"
    lines = summary([*before, op.ended(OperationPhase.FAILED, message, at=3.1)])
    assert lines[0] == "✘ shop failed after 3.1 s: some tasks failed"
    assert sum(end in line for line in lines) == 1


def test_the_verdict_keeps_causes_that_no_failure_below_it_tells() -> None:
    *before, _ = op.failed_migration()
    message = "some tasks failed, reason: the sync timed out after 10m"
    lines = summary([*before, op.ended(OperationPhase.FAILED, message, at=3.1)])
    assert lines[0] == f"✘ shop failed after 3.1 s: {message}"


def test_an_awaited_object_ends_as_healthy() -> None:
    events: list[Progress] = [
        op.started(),
        op.planned(),
        op.changed(
            op.WEB_TASK, TaskPhase.RUNNING, "0 of 1 replicas are available", 0, ResultStatus.SYNCED
        ),
        op.changed(op.WEB_TASK, TaskPhase.SUCCEEDED, at=1.0, status=ResultStatus.SYNCED),
    ]
    assert told(events)[1:] == [
        "   0.0 s    Deployment/web: 0 of 1 replicas are available",
        "   1.0 s    Deployment/web healthy",
    ]


def test_a_failed_hook_is_called_a_hook() -> None:
    assert '   2.2 s    hook Job/migrate failed: container "main" failed with exit code 1' in told(
        op.failed_migration()
    )


def test_what_is_kept_in_a_prune_is_told_as_kept() -> None:
    kept = op.task(Key("", "ConfigMap", "shop", "old"), Phase.SYNC, TaskKind.PRUNE)
    plan = Plan(stages=(), skipped=(kept,))
    change = op.changed(
        kept, TaskPhase.SUCCEEDED, "ignored (no prune)", status=ResultStatus.PRUNE_SKIPPED
    )
    assert told([op.started(), op.planned(plan), change])[1:] == [
        "   0.0 s    ConfigMap/old: ignored (no prune)"
    ]


def test_a_deletion_says_deleted_and_a_prune_says_pruned() -> None:
    for phase, verb in ((Phase.CASCADE, "deleted"), (Phase.SYNC, "pruned")):
        gone = op.task(Key("", "ConfigMap", "shop", "old"), phase, TaskKind.PRUNE)
        plan = Plan(stages=(op.stage(phase, 0, gone),))
        change = op.changed(gone, TaskPhase.SUCCEEDED, "pruned", status=ResultStatus.PRUNED)
        assert told([op.started(), op.planned(plan), change])[-1].endswith(f"ConfigMap/old {verb}")


def test_a_dry_run_says_what_was_tried_and_that_nothing_changed() -> None:
    events: list[Progress] = [
        op.started(),
        op.planned(),
        op.changed(
            op.CONFIG_TASK,
            TaskPhase.PENDING,
            "configmap/settings created (dry run)",
            status=ResultStatus.SYNCED,
        ),
        op.ended(OperationPhase.SUCCEEDED),
    ]
    assert told(events)[1:] == ["   0.0 s    ConfigMap/settings created (dry run)"]
    assert summary(events) == [
        "✔ shop succeeded after 0.0 s: dry run, 1 object checked and nothing changed."
    ]
