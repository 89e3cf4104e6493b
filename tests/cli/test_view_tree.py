from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from tests.cli import operations as op

from tenter.cli.view import OperationView, tree_lines
from tenter.cli.view.text import line_text, width_of
from tenter.library import Key, Phase, Plan, Progress, TaskKind, TaskPhase


def picture(*events: Progress, at: float, width: int = 80, height: int = 40) -> list[str]:
    view = OperationView()
    for event in events:
        view.feed(event)
    lines = tree_lines(view, op.START + at, width=width, height=height)
    return [line_text(line).rstrip() for line in lines]


def test_a_running_hook_is_shown_with_its_time_and_last_log_lines() -> None:
    lines = picture(
        op.started(),
        op.planned(),
        op.entered(Phase.PRE_SYNC),
        op.changed(op.MIGRATE_TASK, TaskPhase.RUNNING, at=1),
        op.logged(op.MIGRATE_TASK, "applying 0003"),
        at=3.5,
    )
    assert lines[0].startswith("shop at 3f2a1bc in namespace shop")
    assert any("● Job/migrate" in line and line.endswith("running 2.5 s") for line in lines)
    assert "    │ applying 0003" in lines


def test_what_is_awaited_is_told_with_since_when_and_until_when() -> None:
    lines = picture(
        op.started(),
        op.planned(),
        op.entered(Phase.PRE_SYNC),
        op.waiting("waiting for completion of hook batch/Job/migrate", op.MIGRATE, 1, 61),
        at=13,
        width=120,
    )
    assert lines[-1] == (
        "waiting for completion of hook batch/Job/migrate · for 12 s · at most 48 s more"
    )


def test_a_stage_that_is_done_is_one_line() -> None:
    events = itertools.takewhile(lambda e: e.at < op.START + 2.6, op.good_sync())
    lines = picture(*events, at=2.6)
    assert sum("PreSync" in line for line in lines) == 1
    assert not any("Job/migrate" in line for line in lines)


def test_syncfail_is_not_announced_before_something_failed() -> None:
    assert not any("SyncFail" in line for line in picture(op.started(), op.planned(), at=0))


def test_a_failed_stage_keeps_showing_its_cause_while_syncfail_runs() -> None:
    events = itertools.takewhile(lambda e: e.at < op.START + 3.0, op.failed_migration())
    lines = picture(*events, at=2.9, width=100)
    assert any("✘ Job/migrate" in line and "exit code 1" in line for line in lines)
    assert "    │ no such column: colour" in lines
    assert any("SyncFail" in line for line in lines)


def test_stages_that_a_failure_cancels_are_not_shown_as_still_to_come() -> None:
    lines = picture(*op.failed_migration(), at=4)
    assert not any(line.startswith("○ Sync ") for line in lines)


def test_an_object_in_another_namespace_names_it() -> None:
    away = op.task(Key("", "ConfigMap", "other", "x"), Phase.SYNC)
    plan = Plan(stages=(op.stage(Phase.SYNC, 0, away),))
    lines = picture(
        op.started(),
        op.planned(plan),
        op.entered(Phase.SYNC),
        op.changed(away, TaskPhase.RUNNING),
        at=1,
    )
    assert any("ConfigMap/x in other" in line for line in lines)


def test_many_stages_are_gathered_where_the_terminal_is_low() -> None:
    tasks = [op.task(Key("", "ConfigMap", "shop", f"c{n}"), Phase.SYNC, wave=n) for n in range(30)]
    plan = Plan(stages=tuple(op.stage(Phase.SYNC, n, one) for n, one in enumerate(tasks)))
    entered = [op.entered(Phase.SYNC, n, at=n) for n in range(20)]
    lines = picture(op.started(), op.planned(plan), *entered, at=20, height=10)
    assert "✔ 19 stages done" in lines
    assert "○ 10 stages to come" in lines
    assert any("wave 19" in line for line in lines)


def test_the_interrupted_operation_says_what_a_second_interrupt_does() -> None:
    view = OperationView()
    for event in (op.started(), op.planned()):
        view.feed(event)
    view.terminating = True
    lines = [line_text(line) for line in tree_lines(view, op.START, width=80, height=20)]
    assert any("Ctrl-C again leaves at once" in line for line in lines)


@given(
    st.integers(min_value=1, max_value=120),
    st.integers(min_value=1, max_value=30),
    st.lists(st.text(max_size=50), max_size=20),
    st.integers(min_value=0, max_value=25),
)
def test_no_picture_is_ever_larger_than_the_terminal(
    width: int, height: int, log: list[str], count: int
) -> None:
    hooks = [
        op.task(Key("batch", "Job", "shop", f"移行-{n}"), Phase.PRE_SYNC, TaskKind.HOOK)
        for n in range(count)
    ]
    plan = Plan(stages=(op.stage(Phase.PRE_SYNC, 0, *hooks),))
    view = OperationView()
    view.feed(op.started())
    view.feed(op.planned(plan))
    view.feed(op.entered(Phase.PRE_SYNC))
    for hook in hooks:
        view.feed(op.changed(hook, TaskPhase.RUNNING, "1 of 1 Pods active"))
        for text in log:
            view.feed(op.logged(hook, text))
    lines = tree_lines(view, op.START + 5, width=width, height=height)
    assert len(lines) <= height
    assert all(width_of(line_text(line)) <= max(width, 20) for line in lines)


def test_the_last_picture_of_a_good_sync_has_every_stage_done() -> None:
    lines = picture(*op.good_sync(), at=100)
    assert [line[0] for line in lines[1:]] == ["✔", "✔"]
