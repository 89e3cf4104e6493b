from hypothesis import given, settings
from hypothesis import strategies as st

from tenter.engine import TaskPhase
from tenter.manifests import Key
from tenter.runner.report import (
    ContainerReport,
    HookReport,
    Report,
    TimelineEntry,
    encode_report,
    note,
    tail,
)

JOB = Key("batch", "Job", "shop", "migrate")


def a_report(attempts: int, hooks: int, log: int) -> Report:
    report = Report(operation="op")
    for number in range(attempts):
        attempt = report.attempt(number, now=float(number))
        for hook in range(hooks):
            state = TaskPhase.FAILED if hook % 2 else TaskPhase.SUCCEEDED
            said = ContainerReport(pod="p", container="main", exit_code=1, log="x" * log)
            attempt.hooks[f"hook-{hook}"] = HookReport(
                key=JOB, phase="PreSync", state=state, containers=[said]
            )
        note(attempt, TimelineEntry(at=1.0, message="began"))
    return report


def test_a_small_report_is_kept_whole() -> None:
    report = a_report(attempts=2, hooks=2, log=100)

    encode_report(report)

    assert report == a_report(attempts=2, hooks=2, log=100)


@settings(deadline=None, max_examples=40)  # how long it takes is the machine's, not the rule's
@given(attempts=st.integers(1, 12), hooks=st.integers(0, 100), log=st.integers(0, 9000))
def test_a_report_never_exceeds_its_limit(attempts: int, hooks: int, log: int) -> None:
    assert len(encode_report(a_report(attempts, hooks, log))) <= 64 * 1024


def test_logs_of_failed_hooks_outlive_those_of_succeeded_ones() -> None:
    report = a_report(attempts=1, hooks=12, log=8000)

    encode_report(report)

    hooks = report.attempts[0].hooks
    assert len(hooks["hook-0"].containers[0].log) == 1024
    assert len(hooks["hook-1"].containers[0].log) == 8000


def test_an_attempt_is_begun_once() -> None:
    report = Report(operation="op")
    first = report.attempt(0, now=5.0)

    assert report.attempt(0, now=9.0) is first
    assert first.started_at == 5.0


def test_a_timeline_that_is_full_counts_what_it_leaves_out() -> None:
    attempt = Report(operation="op").attempt(0, now=0.0)
    for moment in range(403):
        note(attempt, TimelineEntry(at=float(moment)))

    assert (len(attempt.timeline), attempt.omitted) == (400, 3)


def test_a_tail_is_the_last_lines() -> None:
    assert tail("one\ntwo\nthree\n", lines=2) == "two\nthree"


def test_a_tail_of_one_endless_line_is_cut() -> None:
    assert tail("ä" * 10_000) == "ä" * 4096
