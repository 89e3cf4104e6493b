"""A plan in lines and as data: every stage, what each task does, and why there. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from tenter.cli.event_data import plan_data
from tenter.cli.view.durations import duration
from tenter.cli.view.text import Line, Span, Tone, printable
from tenter.cli.view.wording import plural, short_revision
from tenter.library import (
    ChangeKind,
    Phase,
    PlannedChange,
    Stage,
    SyncPlan,
    Task,
    TaskKind,
    phase_reason,
)

_SIGNS = {
    ChangeKind.CREATE: ("+", Tone.GOOD),
    ChangeKind.CONFIGURE: ("~", Tone.WARN),
    ChangeKind.UNCHANGED: ("=", Tone.DIM),
    ChangeKind.PRUNE: ("-", Tone.BAD),
    ChangeKind.KEEP: ("·", Tone.DIM),
    ChangeKind.RUN: ("▶", Tone.BUSY),
    ChangeKind.APPLY: ("·", Tone.PLAIN),
    ChangeKind.FAIL: ("✘", Tone.BAD),
}
_UNKNOWN = PlannedChange(change=ChangeKind.APPLY)
_RUN = PlannedChange(change=ChangeKind.RUN)


def plan_lines(planned: SyncPlan) -> list[Line]:
    """Return the lines that tell ``planned`` to a person."""
    lines: list[Line] = [_title(planned), []]
    explained: Phase | None = None
    for stage in planned.plan.stages:
        lines += _stage(stage, planned, explain=stage.key.phase is not explained)
        explained = stage.key.phase
    if planned.plan.fail_stages:
        lines.append([Span("If it fails:", Tone.STRONG)])
        for stage in planned.plan.fail_stages:
            lines += _stage(stage, planned, explain=False)
    if planned.plan.skipped:
        lines.append([Span("No longer in the source, and kept:", Tone.STRONG)])
        lines += [_task(task, planned) for task in planned.plan.skipped]
    lines.append([])
    for advice in planned.advice:
        where = f", {advice.origin}" if advice.origin else ""
        text = f"{advice.key.kind}/{advice.key.name}{where}: {advice.message}."
        lines.append([Span("note: ", Tone.DIM), Span(printable(text))])
    lines += [[Span("note: ", Tone.DIM), Span(printable(text))] for text in planned.notices]
    lines.append(_count(planned))
    return lines


def planned_data(planned: SyncPlan) -> dict[str, Any]:
    """Return ``planned`` as plain data, for ``-o json`` and ``-o yaml``."""
    return {
        "application": planned.application,
        "revision": planned.revision,
        "namespace": planned.namespace,
        "cluster": planned.cluster,
        "renderedBy": planned.rendered_by,
        "differs": planned.differs,
        **plan_data(planned.plan),
        "changes": {task: msgspec.to_builtins(one) for task, one in planned.changes.items()},
        "warnings": [msgspec.to_builtins(advice) for advice in planned.advice],
        "notices": list(planned.notices),
    }


def _title(planned: SyncPlan) -> Line:
    revision = f" at {short_revision(planned.revision)}" if planned.revision else ""
    by = f", rendered by {planned.rendered_by}" if planned.rendered_by else ""
    against = f", compared with {planned.cluster}" if planned.cluster else ""
    return [
        Span(planned.application, Tone.STRONG),
        Span(f"{revision} in namespace {planned.namespace}{by}{against}"),
    ]


def _stage(stage: Stage, planned: SyncPlan, *, explain: bool) -> list[Line]:
    title = f"{stage.key.phase.value}, wave {stage.key.wave}"
    reasons = [phase_reason(stage.key.phase) if explain else "", _waits(stage)]
    head: Line = [Span(title, Tone.STRONG)]
    if any(reasons):
        head.append(Span(f"   {'; '.join(reason for reason in reasons if reason)}", Tone.DIM))
    return [head, *(_task(task, planned) for task in stage.tasks)]


def _waits(stage: Stage) -> str:
    hooks = any(task.kind is TaskKind.HOOK for task in stage.tasks)
    objects = any(task.kind is TaskKind.APPLY for task in stage.tasks)
    awaited = []
    if hooks:
        awaited.append("its hooks succeeded")
    if objects and stage.awaits_resources:
        awaited.append("its objects are healthy")
    return f"done when {' and '.join(awaited)}" if awaited else ""


def _task(task: Task, planned: SyncPlan) -> Line:
    one = planned.changes.get(task.id, _RUN if task.kind is TaskKind.HOOK else _UNKNOWN)
    sign, tone = _SIGNS[one.change]
    away = task.key.namespace and task.key.namespace != planned.namespace
    where = f" in {task.key.namespace}" if away else ""
    name = f"{task.key.kind}/{task.key.name}{where}"
    line = [Span(f"  {sign} ", tone), Span(name, tone if tone is Tone.DIM else Tone.PLAIN)]
    told = [part for part in (_what(task, one), printable(one.reason)) if part]
    if told:
        line.append(Span(f"   {': '.join(told)}", Tone.DIM))
    if planned.rendered_by and task.kind is TaskKind.HOOK and task.origin:
        # A hook by this name is in no file: its template is what can be changed.
        line.append(Span(f", from {printable(task.origin)}", Tone.DIM))
    return line


def _what(task: Task, one: PlannedChange) -> str:
    if task.kind is not TaskKind.HOOK:
        return "" if one.change in {ChangeKind.APPLY, ChangeKind.KEEP} else one.change.value
    policies = ", ".join(sorted(policy.value for policy in task.policies))
    limit = f", at most {duration(task.timeout)}" if task.timeout is not None else ""
    return f"hook, delete policy {policies}{limit}" if policies else f"hook{limit}"


def _count(planned: SyncPlan) -> Line:
    tally = Counter(one.change for one in planned.changes.values())
    hooks = sum(
        1 for stage in planned.plan.stages for task in stage.tasks if task.kind is TaskKind.HOOK
    )
    parts = [
        f"{tally[change]} to {change.value}"
        for change in (ChangeKind.CREATE, ChangeKind.CONFIGURE, ChangeKind.PRUNE, ChangeKind.APPLY)
        if tally[change]
    ]
    if tally[ChangeKind.FAIL]:
        parts.append(f"{tally[ChangeKind.FAIL]} that the server refuses")
    if tally[ChangeKind.UNCHANGED]:
        parts.append(f"{tally[ChangeKind.UNCHANGED]} unchanged")
    if hooks:
        parts.append(f"{plural(hooks, 'hook')} to run")
    return [Span("Plan: ", Tone.STRONG), Span(", ".join(parts) or "nothing to do"), Span(".")]
