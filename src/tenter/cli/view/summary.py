"""The end of an operation: how it went, each failure's cause and last words, what to do next.

Pure. It is what stays on the screen, so it must make sense to one who saw nothing before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenter.cli.view.durations import duration
from tenter.cli.view.model import OperationView, TaskView
from tenter.cli.view.text import Line, Span, Tone, log_text, printable
from tenter.cli.view.wording import (
    BAR,
    DONE,
    FAILED,
    phase_tone,
    plural,
    task_name,
    without_retry,
)
from tenter.library import OperationPhase, Phase, Report, ResultStatus, TaskKind, TaskPhase


def summary_lines(
    view: OperationView,
    *,
    next_steps: Sequence[str] = (),
    ends: Mapping[str, str] | None = None,
    warned: bool = False,
) -> list[Line]:
    """Return the lines that end the view of an operation.

    ``next_steps`` are sentences or commands for the user, shown under "Next".
    ``ends`` says of each hook, by task, how its containers ended (``container_ends``).
    ``warned`` says that the warnings stand above already.
    """
    lines = [_verdict(view)]
    for task in view.failures:
        lines += _failure(task, view.namespace, (ends or {}).get(task.id, ""))
    lines += _fail_hooks(view)
    for warning in () if warned else view.warnings:
        lines.append([Span("warning: ", Tone.WARN), Span(printable(warning))])
    lines += _not_pruned(view)
    if view.notes:
        noted = f"{plural(view.notes, 'note')} on how this is written: tenter plan shows"
        lines.append([Span(f"{noted} {'it' if view.notes == 1 else 'them'}.", Tone.DIM)])
    if next_steps:
        lines.append([Span("Next:", Tone.STRONG)])
        lines += [[Span(f"  {step}")] for step in next_steps]
    return lines


def _verdict(view: OperationView) -> Line:
    ended_at = view.ended_at if view.ended_at is not None else view.started_at or 0.0
    took = duration(view.elapsed(ended_at))
    good = view.phase is OperationPhase.SUCCEEDED
    sign = DONE if good else FAILED
    tone = phase_tone(view.phase)
    told = _counted(view) if good else printable(_untold(view))
    attempts = f" in {view.attempt + 1} attempts" if view.attempt else ""
    name = f"{view.application} " if view.application else ""
    ended = "deleted" if good and _is_deletion(view) else view.phase.value.lower()
    return [
        Span(f"{sign} ", tone),
        Span(f"{name}{ended}", Tone.STRONG),
        Span(f" after {took}{attempts}"),
        Span(f": {told}" if told else "."),
    ]


def _untold(view: OperationView) -> str:
    """Return of the operation's message what the failures listed below it do not say again."""
    said = without_retry(view.message)
    heading, _, reasons = said.partition(", reason: ")
    left = reasons
    for task in view.failures:
        left = left.replace(f"{task.key.short}: {task.message}", "")
    return heading if reasons and not left.strip("; ") else said


def _is_deletion(view: OperationView) -> bool:
    return any(stage.phase in _OF_DELETION for stage in view.stages)


_OF_DELETION = (Phase.PRE_DELETE, Phase.CASCADE, Phase.POST_DELETE)


def _counted(view: OperationView) -> str:
    tasks = [task for stage in view.stages for task in stage.tasks]
    tried = sum(1 for task in tasks if task.tried)
    if tried:
        return f"dry run, {plural(tried, 'object')} checked and nothing changed."
    applied = [t for t in tasks if t.kind is TaskKind.APPLY and t.status is ResultStatus.SYNCED]
    unchanged = sum(1 for task in applied if task.message.endswith("unchanged"))
    hooks = sum(1 for t in tasks if t.hook and t.state is TaskPhase.SUCCEEDED)
    gone = [task for task in tasks if task.status is ResultStatus.PRUNED]
    parts = []
    if gone and gone[0].phase is Phase.CASCADE:
        parts.append(f"{plural(len(gone), 'object')} deleted")
    if applied:
        same = f" ({unchanged} unchanged)" if unchanged else ""
        parts.append(f"{plural(len(applied), 'object')} synced{same}")
    if hooks:
        parts.append(f"{plural(hooks, 'hook')} succeeded")
    if gone and gone[0].phase is not Phase.CASCADE:
        parts.append(f"{len(gone)} pruned")
    return ", ".join(parts) + "." if parts else printable(view.message)


def container_ends(report: Report) -> dict[str, str]:
    """Return, by task, how the containers of the last attempt's hooks ended, where they failed."""
    if not report.attempts:
        return {}
    ends = {}
    for task, hook in report.attempts[-1].hooks.items():
        said = [
            f'container "{one.container}" failed with exit code {one.exit_code}'
            for one in hook.containers
            if one.exit_code
        ]
        if said:
            # Each retry of a Job is a Pod of its own; the last one tells as much as all.
            ends[task] = said[-1]
    return ends


def _failure(task: TaskView, destination: str, end: str) -> list[Line]:
    what = f"{task.phase.value} {'hook' if task.hook else 'object'}"
    cause = printable(task.message) or "no reason was given"
    name = task_name(task, destination)
    head = [Span(f"  {FAILED} ", Tone.BAD), Span(f"{what} {name}: "), Span(cause, Tone.BAD)]
    if end and end not in cause:
        head.append(Span(f" ({end})"))
    return [head, *([Span(f"    {BAR} {log_text(text)}", Tone.DIM)] for text in task.log)]


def _fail_hooks(view: OperationView) -> list[Line]:
    ran = [
        task
        for stage in view.stages
        if stage.phase is Phase.SYNC_FAIL
        for task in stage.hooks
        if task.state is TaskPhase.SUCCEEDED
    ]
    if not ran:
        return []
    names = ", ".join(task_name(task, view.namespace) for task in ran)
    return [[Span(f"  {DONE} ", Tone.GOOD), Span(f"SyncFail {plural(len(ran), 'hook')}: {names}")]]


def _not_pruned(view: OperationView) -> list[Line]:
    asking = [task for task in view.skipped if "requires pruning" in task.message]
    if not asking:
        return []
    names = ", ".join(task_name(task, view.namespace) for task in asking[:5])
    more = f" and {len(asking) - 5} more" if len(asking) > 5 else ""
    text = f"no longer in the source, kept: {names}{more} (--prune removes them)."
    return [[Span(text, Tone.DIM)]]
