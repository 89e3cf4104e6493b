from __future__ import annotations

from tests.cli import operations as op

from tenter.cli.view.logs import chosen_hooks, log_lines
from tenter.cli.view.text import line_text
from tenter.library import (
    AttemptReport,
    ContainerReport,
    HookReport,
    Key,
    Report,
    TaskPhase,
)


def report() -> Report:
    failed = HookReport(
        key=op.MIGRATE,
        phase="PreSync",
        state=TaskPhase.FAILED,
        message="exit code 1",
        started_at=op.START,
        ended_at=op.START + 2,
        containers=[
            ContainerReport(pod="migrate-x", container="main", exit_code=1, log="one\ntwo\x1b[2J")
        ],
    )
    quiet = HookReport(key=op.CLEAN_UP, phase="SyncFail", state=TaskPhase.SUCCEEDED)
    return Report(
        operation="op",
        attempts=[
            AttemptReport(number=0, started_at=op.START, hooks={"a": failed, "b": quiet}),
            AttemptReport(number=1, started_at=op.START, hooks={"a": failed}),
        ],
    )


def test_each_hook_of_each_attempt_is_told_with_its_outcome_and_output() -> None:
    assert [line_text(line) for line in log_lines(chosen_hooks(report(), None))] == [
        "Job/migrate (PreSync of attempt 1) failed after 2.0 s: exit code 1",
        "  migrate-x main ended with exit code 1",
        "  one",
        "  two␛[2J",
        "Job/clean-up (SyncFail of attempt 1) succeeded",
        "  (nothing was printed)",
        "Job/migrate (PreSync of attempt 2) failed after 2.0 s: exit code 1",
        "  migrate-x main ended with exit code 1",
        "  one",
        "  two␛[2J",
    ]


def test_a_hook_is_chosen_by_the_beginning_of_its_name() -> None:
    generated = Key("batch", "Job", "shop", "smoke-3f2a1bc-postsync-1700000000")
    one = Report(
        operation="op",
        attempts=[
            AttemptReport(
                number=0,
                started_at=op.START,
                hooks={"s": HookReport(key=generated, phase="PostSync")},
            )
        ],
    )
    assert len(chosen_hooks(one, "smoke-")) == len(chosen_hooks(one, "Job/smoke")) == 1
    assert chosen_hooks(one, "test") == []
