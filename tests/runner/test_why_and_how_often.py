"""What a running operation says of waiting Pods and logs, and how it ends where it cannot read."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.runner import ground as grounds
from tests.runner.ground import Ground, Journal, job

from tenter.engine import (
    AttemptFacts,
    HookState,
    OperationPhase,
    Record,
    RetryOptions,
    SyncOptions,
    Target,
    TaskPhase,
)
from tenter.errors import ClusterUnreachable, SourceError
from tenter.kube import Informers
from tenter.manifests import Key, read_documents
from tenter.runner import Control, Operation, Report, Surroundings, run_operation
from tenter.runner.progress import LogLine, WaitingFor
from tenter.runner.report import shown, tail


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("10%\r50%\rdone", "done"),
        ("a line of Windows\r", "a line of Windows"),
        ("plain", "plain"),
    ],
)
def test_of_a_line_that_draws_over_itself_the_last_drawing_is_kept(line: str, seen: str) -> None:
    assert shown(line) == seen


def test_a_tail_counts_lines_as_a_terminal_does() -> None:
    assert tail("one\n1%\r2%\r3%\nthree\n", lines=2) == "3%\nthree"


async def test_a_jobs_wait_says_why_its_pod_cannot_start(ground: Ground) -> None:
    control = Control()

    def hear(event: Any) -> None:
        if isinstance(event, WaitingFor) and any(wait.reason for wait in event.waits):
            control.terminate()

    ground.listener = hear
    async with asyncio.timeout(20):
        await ground.run(job("migrate", hook="PreSync", outcome="pull-error"), control=control)

    reasons = [w.reason for event in ground.events(WaitingFor) for w in event.waits if w.reason]
    assert reasons[0].startswith(("ErrImagePull", "ImagePullBackOff"))


async def _resumed(
    ground: Ground, record: Record, planner: Any, control: Control | None = None
) -> None:
    operation = Operation(
        application="shop",
        record=record,
        report=Report(operation=record.operation),
        planner=planner,
        saved=True,
    )
    async with Informers(ground.client, ground.environment) as informers:
        surroundings = Surroundings(
            client=ground.client,
            informers=informers,
            environment=ground.environment,
            listener=ground.hear,
            scripts=None,
        )
        await run_operation(surroundings, operation, Journal(), control)


class _Unreadable(grounds.Planner):
    """A source that can be read no more."""

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        del previous, started
        raise SourceError("the repository is gone")


async def test_a_retry_that_cannot_read_its_source_counts_as_an_attempt(ground: Ground) -> None:
    retry = RetryOptions(limit=3, duration=0.01, factor=1)
    record = await ground.run(job("migrate", hook="PreSync", outcome="fail"), retry=retry)
    started = record.attempt.started
    record = msgspec.structs.replace(
        record,
        phase=OperationPhase.RUNNING,
        attempt=msgspec.structs.replace(record.attempt, number=1, started=started),
        retry_at=ground.environment.now(),
    )

    async with asyncio.timeout(20):
        await _resumed(ground, record, _Unreadable([], record.options))

    assert record.phase is OperationPhase.ERROR
    assert record.attempt.number == 3
    assert "ComparisonError: the repository is gone (retried 3 times)." in record.message


def _with_a_running_hook(ground: Ground, uid: str, more: str = "") -> tuple[Record, Any]:
    targets = []
    for document in read_documents(job("migrate", hook="PreSync") + more, "all.yaml"):
        metadata = {"namespace": "default", **document.manifest["metadata"]}
        targets.append(Target({**document.manifest, "metadata": metadata}, "all.yaml"))
    facts = AttemptFacts(operation="op", number=0, started=ground.started, revision="0123456789")
    options = SyncOptions()
    hook = HookState(
        key=Key("batch", "Job", "default", "migrate"),
        uid=uid,
        created=True,
        phase=TaskPhase.RUNNING,
    )
    record = Record(
        operation="op",
        options=options,
        attempt=facts,
        started_at=ground.environment.now(),
        checked=True,
        hooks={"PreSync/batch/Job/default/migrate": hook},
    )
    return record, grounds.Planner(targets, options)


def _nothing_can_be_listed(patch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise ClusterUnreachable("the cluster does not answer")

    patch.setattr(Informers, "watch", refuse)


async def test_an_operation_with_running_hooks_is_not_ended_because_it_cannot_see_them(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, planner = _with_a_running_hook(ground, "some-uid")
    _nothing_can_be_listed(monkeypatch)

    with pytest.raises(ClusterUnreachable):
        await _resumed(ground, record, planner)

    assert record.phase is OperationPhase.RUNNING
    assert record.hooks


async def test_terminate_lets_go_of_hooks_that_cannot_be_watched(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ground.run(job("migrate", hook="PreSync"))
    uid = (await ground.get("Job", "migrate", "batch"))["metadata"]["uid"]
    record, planner = _with_a_running_hook(ground, uid)
    _nothing_can_be_listed(monkeypatch)
    control = Control()
    control.terminate()

    async with asyncio.timeout(20):
        await _resumed(ground, record, planner, control)

    assert record.phase is OperationPhase.FAILED
    assert not await ground.exists("Job", "migrate", "batch")


async def test_what_an_ended_hook_printed_is_not_told_again_after_a_restart(
    ground: Ground,
) -> None:
    await ground.run(job("migrate", hook="PreSync", outcome="succeed log=migrated"))
    assert [event.text for event in ground.events(LogLine)] == ["migrated"]
    uid = (await ground.get("Job", "migrate", "batch"))["metadata"]["uid"]
    second = job(
        "second",
        hook="PreSync",
        outcome="succeed after=0.3 log=seconded",
        **{"argocd.argoproj.io/sync-wave": "1"},
    )
    record, planner = _with_a_running_hook(ground, uid, second)
    hook = record.hooks["PreSync/batch/Job/default/migrate"]
    hook.phase, hook.released = TaskPhase.SUCCEEDED, True

    await _resumed(ground, record, planner)

    assert record.phase is OperationPhase.SUCCEEDED
    assert [event.text for event in ground.events(LogLine)] == ["migrated", "seconded"]
