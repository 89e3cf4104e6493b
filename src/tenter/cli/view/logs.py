"""What the hooks of an operation said, from its report. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tenter.cli.view.durations import duration
from tenter.cli.view.text import Line, Span, Tone, log_text, printable
from tenter.library import AttemptReport, ContainerReport, HookReport, Report, TaskPhase

_TONES = {TaskPhase.SUCCEEDED: Tone.GOOD, TaskPhase.FAILED: Tone.BAD}


def chosen_hooks(report: Report, hook: str | None) -> list[tuple[AttemptReport, HookReport]]:
    """Return the hooks that ``hook`` names, each with its attempt, oldest attempt first.

    A name may be left unfinished, as generated names are; ``None`` chooses all.
    """
    return [
        (attempt, one)
        for attempt in report.attempts
        for one in attempt.hooks.values()
        if hook is None or one.key.name.startswith(hook.rpartition("/")[2])
    ]


def log_lines(chosen: list[tuple[AttemptReport, HookReport]]) -> list[Line]:
    """Return the lines of ``chosen``: each hook's outcome and what its containers printed."""
    many = len({attempt.number for attempt, _ in chosen}) > 1
    lines: list[Line] = []
    for attempt, hook in chosen:
        lines.append(_head(attempt, hook, many=many))
        for container in hook.containers:
            lines += _container(container, alone=len(hook.containers) == 1)
        if not hook.containers:
            lines.append([Span("  (nothing was printed)", Tone.DIM)])
    return lines


def _head(attempt: AttemptReport, hook: HookReport, *, many: bool) -> Line:
    of = f" of attempt {attempt.number + 1}" if many else ""
    took = ""
    if hook.started_at is not None and hook.ended_at is not None:
        took = f" after {duration(hook.ended_at - hook.started_at)}"
    line = [
        Span(f"{hook.key.kind}/{hook.key.name}", Tone.STRONG),
        Span(f" ({hook.phase}{of}) "),
        Span(hook.state.value.lower() + took, _TONES.get(hook.state, Tone.BUSY)),
    ]
    if hook.message:
        line.append(Span(f": {printable(hook.message)}"))
    return line


def _container(container: ContainerReport, *, alone: bool) -> Iterator[Line]:
    ended = "" if container.exit_code is None else f" ended with exit code {container.exit_code}"
    reason = f" ({container.reason})" if container.reason else ""
    if not alone or container.exit_code:
        yield [Span(f"  {container.pod} {container.container}{ended}{reason}", Tone.DIM)]
    for text in container.log.splitlines():
        yield [Span(f"  {log_text(text)}")]
