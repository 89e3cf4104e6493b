"""What an operation leaves for people to read: attempts, their timeline, exit codes, log tails.

It outlives the hooks, whose objects a delete policy takes away. Unlike the record nothing depends
on it, so it is bounded: it must fit into its place beside the record, and is cut where it would
not, the oldest attempt's logs first.
"""

from __future__ import annotations

import msgspec

from tenter.engine import OperationPhase, ResultStatus, TaskPhase
from tenter.manifests import Key

REPORT_LIMIT = 64 * 1024
"""Bytes of an encoded report, at most."""

TAIL_LINES = 50
"""Lines kept of one container's log."""

_TAIL_BYTES = 8 * 1024
_TIMELINE_ENTRIES = 400
_KEPT_ATTEMPTS = 10


class ContainerReport(msgspec.Struct, kw_only=True):
    """What one container of a hook ended with, and the last that it said."""

    pod: str
    container: str
    exit_code: int | None = None
    reason: str = ""
    log: str = ""


class HookReport(msgspec.Struct, kw_only=True):
    """One hook of one attempt. Times are Unix seconds."""

    key: Key
    phase: str
    state: TaskPhase = TaskPhase.PENDING
    message: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    containers: list[ContainerReport] = []


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to one task, or to the attempt itself where ``task`` is empty."""

    at: float
    task: str = ""
    state: TaskPhase | None = None
    status: ResultStatus | None = None
    message: str = ""


class AttemptReport(msgspec.Struct, kw_only=True):
    """One attempt. ``omitted`` counts the timeline's entries that were cut."""

    number: int
    started_at: float
    ended_at: float | None = None
    phase: OperationPhase = OperationPhase.RUNNING
    message: str = ""
    timeline: list[TimelineEntry] = []
    hooks: dict[str, HookReport] = {}
    omitted: int = 0


class Report(msgspec.Struct, kw_only=True):
    """One operation's attempts, oldest first."""

    operation: str
    revision: str = ""
    attempts: list[AttemptReport] = []

    def attempt(self, number: int, now: float) -> AttemptReport:
        """Return the report of attempt ``number``, begun at ``now`` where it is new."""
        for attempt in self.attempts:
            if attempt.number == number:
                return attempt
        attempt = AttemptReport(number=number, started_at=now)
        self.attempts.append(attempt)
        del self.attempts[:-_KEPT_ATTEMPTS]
        return attempt


def note(attempt: AttemptReport, entry: TimelineEntry) -> None:
    """Append ``entry`` to the timeline, or only count it where that is full."""
    if len(attempt.timeline) < _TIMELINE_ENTRIES:
        attempt.timeline.append(entry)
    else:
        attempt.omitted += 1


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """Return the last ``lines`` lines of ``text``, and no more than 8 KiB of them."""
    kept = "\n".join(shown(line) for line in text.removesuffix("\n").split("\n")[-lines:])
    encoded = kept.encode()
    if len(encoded) <= _TAIL_BYTES:
        return kept
    return encoded[-_TAIL_BYTES:].decode(errors="ignore")


def shown(line: str) -> str:
    """Return what a terminal would show of ``line`` in the end: what follows the last return.

    A progress bar draws itself again and again in one line, each time from its beginning.
    """
    return line.removesuffix("\r").rpartition("\r")[2]


def encode_report(report: Report, limit: int = REPORT_LIMIT) -> bytes:
    """Return ``report`` as JSON of at most ``limit`` bytes, cut where it would be longer.

    What goes first is the logs of hooks that succeeded, then timelines, then all logs, each from
    the oldest attempt on; then whole attempts, the last one's frame staying. ``report`` itself
    loses what was cut.
    """
    encoded = msgspec.json.encode(report)
    for cut in (_cut_good_logs, _cut_timeline, _cut_logs):
        for attempt in report.attempts:
            if len(encoded) <= limit:
                return encoded
            cut(attempt)
            encoded = msgspec.json.encode(report)
    while len(encoded) > limit and len(report.attempts) > 1:
        del report.attempts[0]
        encoded = msgspec.json.encode(report)
    if len(encoded) > limit:
        report.attempts[-1].hooks.clear()
        encoded = msgspec.json.encode(report)
    return encoded


def _cut_good_logs(attempt: AttemptReport) -> None:
    for hook in attempt.hooks.values():
        if hook.state is TaskPhase.SUCCEEDED:
            _shorten_logs(hook, keep=1024)


def _cut_logs(attempt: AttemptReport) -> None:
    for hook in attempt.hooks.values():
        _shorten_logs(hook, keep=512)


def _shorten_logs(hook: HookReport, keep: int) -> None:
    for container in hook.containers:
        container.log = container.log.encode()[-keep:].decode(errors="ignore")


def _cut_timeline(attempt: AttemptReport) -> None:
    attempt.omitted += len(attempt.timeline)
    attempt.timeline.clear()
