"""The live view: the operation as a tree of stages and tasks, cut to the terminal's size.

Pure: a view, a time and a size in, lines out. Where all does not fit, it leaves out what matters
least, in steps: stages still ahead, stages done, log lines, tasks without trouble.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenter.cli.view.durations import duration
from tenter.cli.view.model import OperationView, StageView, TaskView
from tenter.cli.view.text import (
    Line,
    Span,
    Tone,
    cut,
    fit,
    line_text,
    log_text,
    printable,
    width_of,
)
from tenter.cli.view.wording import (
    AHEAD,
    BAR,
    DONE,
    headline,
    outcome_word,
    plural,
    stage_contents,
    stage_sign,
    task_name,
    task_sign,
    task_state,
)

_SMALLEST_WIDTH = 20


@dataclass(frozen=True)
class _Detail:
    """How much to show: a step towards less is tried until it fits."""

    ahead: bool = True
    done: bool = True
    log_lines: int = 6
    tasks: int = 12


_STEPS = (
    _Detail(),
    _Detail(log_lines=3),
    _Detail(ahead=False, log_lines=3),
    _Detail(ahead=False, done=False, log_lines=3),
    _Detail(ahead=False, done=False, log_lines=1, tasks=6),
    _Detail(ahead=False, done=False, log_lines=0, tasks=3),
)


def tree_lines(view: OperationView, now: float, *, width: int, height: int) -> list[Line]:
    """Return the lines of ``view`` at ``now`` (Unix seconds), none wider than ``width`` cells.

    There are at most ``height`` lines; on a very low terminal the last ones, which say what is
    being waited for, are kept.
    """
    width = max(width, _SMALLEST_WIDTH)
    lines: list[Line] = []
    for detail in _STEPS:
        lines = _lines(view, now, detail, width)
        if len(lines) <= height:
            break
    else:
        lines = [lines[0], *lines[-(height - 1) :]] if height > 1 else lines[-1:]
    return [fit(line, width) for line in lines]


def _lines(view: OperationView, now: float, detail: _Detail, width: int) -> list[Line]:
    lines = [_header(view, now, width)]
    if view.terminating and not view.ended:
        lines.append(
            [Span("terminating: hooks are stopped; Ctrl-C again leaves at once", Tone.WARN)]
        )
    if view.attempt:
        lines.append(_attempt(view))
    lines += _stages(view, now, detail, width)
    lines += _closing(view, now)
    return lines


def _header(view: OperationView, now: float, width: int) -> Line:
    elapsed = duration(view.elapsed(now))
    room = width - width_of(elapsed) - 1
    if not view.application:
        return _apart([Span("starting", Tone.STRONG)], elapsed, width)
    rest = headline(view).removeprefix(view.application)
    name = fit([Span(view.application, Tone.STRONG), Span(rest, Tone.DIM)], room)
    return _apart(name, elapsed, width)


def _apart(left: Line, right: str, width: int) -> Line:
    used = sum(width_of(span.text) for span in left)
    gap = max(width - used - width_of(right), 1)
    return [*left, Span(" " * gap), Span(right, Tone.DIM)]


def _attempt(view: OperationView) -> Line:
    before = view.earlier_attempts[-1].message if view.earlier_attempts else ""
    said = f"; the one before failed: {printable(before)}" if before else ""
    return [Span(f"attempt {view.attempt + 1}{said}", Tone.WARN)]


def _stages(view: OperationView, now: float, detail: _Detail, width: int) -> list[Line]:
    planned = [s for s in view.stages if s.entered or not s.only_on_failure]
    done = [s for s in planned if s.entered and not s.current and not s.failed]
    ahead = [s for s in planned if not s.entered]
    # Nothing of a sync runs after a failure but its SyncFail hooks.
    if view.failures or view.terminating:
        ahead = []
    lines: list[Line] = []
    if not detail.done and done:
        lines.append(_gathered(DONE, Tone.GOOD, f"{plural(len(done), 'stage')} done"))
    for stage in planned:
        if stage in ahead or not stage.entered or (stage in done and not detail.done):
            continue
        lines.append(_stage(stage, now, width))
        # When all is over the summary tells of each failure; the tree is then its overview.
        if (stage.current or stage.failed) and not view.ended:
            lines += _tasks(stage, view.namespace, now, detail, width)
    if detail.ahead:
        lines += [_stage(stage, now, width) for stage in ahead]
    elif ahead:
        lines.append(_gathered(AHEAD, Tone.DIM, f"{plural(len(ahead), 'stage')} to come"))
    return lines


def _gathered(sign: str, tone: Tone, text: str) -> Line:
    return [Span(f"{sign} ", tone), Span(text, Tone.DIM)]


def _stage(stage: StageView, now: float, width: int) -> Line:
    sign, tone = stage_sign(stage)
    quiet = Tone.PLAIN if stage.current or stage.failed else Tone.DIM
    title = f"{stage.phase.value:<10} wave {stage.wave:<4}"
    line = [
        Span(f"{sign} ", tone),
        Span(title, Tone.STRONG if stage.current else quiet),
        Span(f" {_counted(stage)}", quiet),
    ]
    if stage.entered_at is None:
        return line
    took = duration((stage.left_at if stage.left_at is not None else now) - stage.entered_at)
    return _apart(fit(line, width - width_of(took) - 1), took, width)


def _counted(stage: StageView) -> str:
    if not stage.current:
        return stage_contents(stage)
    over = sum(1 for task in stage.tasks if task.state.ended)
    return f"{stage_contents(stage)}, {over} of {len(stage.tasks)} done"


def _tasks(
    stage: StageView, destination: str, now: float, detail: _Detail, width: int
) -> list[Line]:
    """Tasks with something to tell: failed, running, then the rest, as many as ``detail`` says."""
    failed = [t for t in stage.tasks if t.failed]
    running = [t for t in stage.tasks if not t.failed and t.started_at and not t.state.ended]
    waiting_hooks = [t for t in stage.hooks if t not in failed and t not in running]
    worth = [*failed, *sorted(running, key=lambda t: not t.hook), *waiting_hooks]
    shown = worth[: detail.tasks]
    lines: list[Line] = []
    for task in stage.tasks:
        if task not in shown:
            continue
        lines.append(_task(task, destination, now, width))
        if task.failed or not task.state.ended:
            lines += _tail(task, detail.log_lines)
    if len(worth) > len(shown):
        lines.append([Span(f"    … and {len(worth) - len(shown)} more", Tone.DIM)])
    return lines


def _task(task: TaskView, destination: str, now: float, width: int) -> Line:
    sign, tone = task_sign(task)
    took = task.took(now)
    right = f"{task_state(task)} {duration(took)}" if took is not None else "to come"
    name = cut(task_name(task, destination), max(width - width_of(right) - 5, 8))
    line = [Span(f"  {sign} ", tone), Span(name, Tone.DIM if took is None else Tone.PLAIN)]
    # That its object was created, a running hook need not say.
    said = "" if outcome_word(task) else printable(task.message)
    if said and (task.failed or not task.state.ended):
        line.append(Span(f"  {said}", Tone.BAD if task.failed else Tone.DIM))
    return _apart(fit(line, width - width_of(right) - 1), right, width)


def _tail(task: TaskView, count: int) -> list[Line]:
    tail = list(task.log)[-count:] if count else []
    return [[Span(f"    {BAR} {log_text(text)}", Tone.DIM)] for text in tail]


def _closing(view: OperationView, now: float) -> list[Line]:
    """Return the last lines: warnings, and what is awaited, since when, until when."""
    lines: list[Line] = []
    if view.warnings and not view.ended:
        more = f" (and {len(view.warnings) - 1} more)" if len(view.warnings) > 1 else ""
        lines.append([Span(f"warning: {printable(view.warnings[-1])}{more}", Tone.WARN)])
    if view.ended:
        return lines
    if view.retry_at is not None:
        until = duration(view.retry_at - now)
        lines.append([Span(f"the next attempt starts in {until}", Tone.BUSY)])
    elif view.waits or view.waiting:
        lines.append(waiting_line(view, now))
    return lines


def waiting_line(view: OperationView, now: float) -> Line:
    """Return what the operation waits for, how long already, and when it gives up."""
    text = view.waiting or f"waiting for {view.waits[0].kind.value} {view.waits[0].key or ''}"
    line = [Span(printable(text.strip()), Tone.BUSY)]
    if view.waits:
        since = min(wait.since for wait in view.waits)
        line.append(Span(f" · for {duration(now - since)}", Tone.DIM))
        deadlines = [wait.deadline for wait in view.waits if wait.deadline is not None]
        if deadlines:
            line.append(Span(f" · at most {duration(min(deadlines) - now)} more", Tone.DIM))
        details = [wait.reason for wait in view.waits if wait.reason]
        details += [wait.detail for wait in view.waits if wait.detail]
        if details and details[0] not in line_text(line):
            line.append(Span(f" · {printable(details[0])}", Tone.DIM))
    return line
