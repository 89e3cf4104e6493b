from __future__ import annotations

import pytest
from tests.cli import operations as op

from tenter.cli.view import OperationView
from tenter.cli.view.model import LOG_TAIL
from tenter.library import (
    AttemptEnded,
    Key,
    OperationPhase,
    Phase,
    Progress,
    ResultStatus,
    TaskChanged,
    TaskPhase,
    Warned,
)


def view_of(*events: Progress) -> OperationView:
    view = OperationView()
    for event in events:
        view.feed(event)
    return view


def test_a_planned_operation_has_its_stages_in_order_with_syncfail_last() -> None:
    view = view_of(op.started(), op.planned())
    assert [(s.phase, s.wave, s.only_on_failure) for s in view.stages] == [
        (Phase.PRE_SYNC, 0, False),
        (Phase.SYNC, 0, False),
        (Phase.SYNC_FAIL, 0, True),
    ]


def test_entering_a_stage_leaves_the_one_before() -> None:
    view = view_of(
        op.started(),
        op.planned(),
        op.entered(Phase.PRE_SYNC, at=1),
        op.entered(Phase.SYNC, at=3),
    )
    assert [(s.entered_at, s.left_at) for s in view.stages[:2]] == [
        (op.START + 1, op.START + 3),
        (op.START + 3, None),
    ]


@pytest.mark.parametrize(
    ("states", "took"),
    [
        ([], None),
        ([(TaskPhase.PENDING, 1.0)], None),
        ([(TaskPhase.RUNNING, 1.0)], 9.0),
        ([(TaskPhase.RUNNING, 1.0), (TaskPhase.RUNNING, 4.0)], 9.0),
        ([(TaskPhase.RUNNING, 1.0), (TaskPhase.SUCCEEDED, 4.0)], 3.0),
        ([(TaskPhase.RUNNING, 1.0), (TaskPhase.FAILED, 3.0), (TaskPhase.FAILED, 7.0)], 2.0),
    ],
)
def test_a_task_is_timed_from_its_start_to_its_end(
    states: list[tuple[TaskPhase, float]], took: float | None
) -> None:
    changes = [op.changed(op.MIGRATE_TASK, state, at=at) for state, at in states]
    view = view_of(op.started(), op.planned(), *changes)
    assert view.tasks[op.MIGRATE_TASK.id].took(op.START + 10) == took


def test_a_message_and_status_stay_until_a_new_one_comes() -> None:
    view = view_of(
        op.started(),
        op.planned(),
        op.changed(
            op.WEB_TASK,
            TaskPhase.RUNNING,
            "deployment.apps/web created",
            status=ResultStatus.SYNCED,
        ),
        op.changed(op.WEB_TASK, TaskPhase.SUCCEEDED),
    )
    web = view.tasks[op.WEB_TASK.id]
    assert (web.message, web.status, web.state) == (
        "deployment.apps/web created",
        ResultStatus.SYNCED,
        TaskPhase.SUCCEEDED,
    )


def test_only_the_last_lines_of_a_log_are_kept() -> None:
    lines = [op.logged(op.MIGRATE_TASK, f"line {n}") for n in range(LOG_TAIL + 5)]
    view = view_of(op.started(), op.planned(), *lines)
    log = view.tasks[op.MIGRATE_TASK.id].log
    assert (log[0], log[-1], len(log)) == ("line 5", f"line {LOG_TAIL + 4}", LOG_TAIL)


def test_a_task_that_no_plan_named_is_shown_all_the_same() -> None:
    late = TaskChanged(
        at=op.START,
        task="late",
        key=Key("", "Pod", "shop", "late"),
        phase=Phase.POST_SYNC,
        wave=7,
        hook=True,
        state=TaskPhase.RUNNING,
    )
    view = view_of(op.started(), op.planned(), late)
    stage = view.stage(Phase.POST_SYNC, 7)
    assert stage is not None
    assert [task.id for task in stage.tasks] == ["late"]


def test_a_retry_starts_with_a_fresh_plan_and_remembers_why() -> None:
    failed = AttemptEnded(
        at=op.START + 3,
        number=0,
        phase=OperationPhase.FAILED,
        message="migrate failed",
        retry_at=op.START + 8,
    )
    view = view_of(*list(op.failed_migration())[:-1], failed)
    assert view.retry_at == op.START + 8
    view.feed(op.planned(number=1, at=8))
    assert view.attempt == 1
    assert view.failures == []
    assert not view.retry_at
    assert [attempt.message for attempt in view.earlier_attempts] == ["migrate failed"]


def test_the_end_stops_every_clock() -> None:
    view = view_of(*op.good_sync())
    assert view.ended
    assert not any(stage.current for stage in view.stages)
    assert view.elapsed(op.START + 1000) == pytest.approx(2.6)


def test_a_warning_that_names_its_object_itself_does_so_once() -> None:
    warning = Warned(at=op.START, message="Deployment/web is taken over", key=op.WEB)
    assert view_of(op.started(), warning).warnings == ["Deployment/web is taken over"]


def test_a_warning_names_its_object_and_is_kept_once() -> None:
    warning = Warned(at=op.START, message="quota is nearly used up", key=op.WEB)
    view = view_of(op.started(), warning, warning)
    assert view.warnings == ["apps/Deployment shop/web: quota is nearly used up"]


def test_the_failures_are_those_of_the_failed_tasks_alone() -> None:
    view = view_of(*op.failed_migration())
    assert [task.key for task in view.failures] == [op.MIGRATE]
