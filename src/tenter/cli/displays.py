"""How a running operation is shown: live on a terminal, in lines, or as data for a program.

A display takes progress events and, at the end, the next steps to offer. It never raises for
want of a reader: the sync goes on whether or not anyone watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from tenter.cli.event_data import event_data
from tenter.cli.formats import Format, render_item
from tenter.cli.io_terminal import Terminal
from tenter.cli.view import OperationView, PlainLines, summary_lines, tree_lines
from tenter.cli.view.text import Line, Span, Tone
from tenter.library import AttemptEnded, OperationEnded, Progress, WaitingFor

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

_TICK = 0.25
"""Seconds between redraws of a live view in which only the clock moves."""

_PATIENCE = 1.0
"""Seconds that something is waited for before a plain line says so."""

_BETWEEN = 0.05
"""Seconds that redraws for events are gathered over, so that a burst does not flicker."""


class Display(Protocol):
    """Shows one operation."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop showing, and leave the terminal as it was."""
        ...

    def feed(self, event: Progress) -> None:
        """Take in what happened."""
        ...

    def terminating(self) -> None:
        """Say that the user interrupted and the operation is being ended."""
        ...

    def finish(self, next_steps: Sequence[str], ends: Mapping[str, str]) -> None:
        """Show how it went, and what to do next.

        ``ends`` says of each hook, by task, how its containers ended.
        """
        ...


class _Silent:
    """The parts that most displays have in common: nothing to begin or end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return


class LinesDisplay(_Silent):
    """A line for each thing that happens; for logs, pipes and simple terminals.

    What is waited for is told when it has been waited for a while: most waits are over at once,
    and what was awaited is told then.
    """

    def __init__(self, terminal: Terminal, now: Callable[[], float]) -> None:
        self._terminal = terminal
        self._now = now
        self._view = OperationView()
        self._plain = PlainLines()
        self._timer: asyncio.TimerHandle | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forget_wait()

    def feed(self, event: Progress) -> None:
        """Print the lines that ``event`` is worth."""
        self._view.feed(event)
        if isinstance(event, WaitingFor):
            self._forget_wait()
            if event.message:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(_PATIENCE, self._tell_wait, event)
            return
        if isinstance(event, AttemptEnded | OperationEnded):
            self._forget_wait()
        self._terminal.print(self._plain.lines(self._view, event))

    def _tell_wait(self, event: WaitingFor) -> None:
        late = msgspec.structs.replace(event, at=self._now())
        self._terminal.print(self._plain.lines(self._view, late))

    def _forget_wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def terminating(self) -> None:
        """Say that the operation is being ended."""
        self._terminal.print([_TERMINATING])

    def finish(self, next_steps: Sequence[str], ends: Mapping[str, str]) -> None:
        """Print the summary."""
        self._terminal.print(
            summary_lines(self._view, next_steps=next_steps, ends=ends, warned=True)
        )


class DataDisplay(_Silent):
    """An event a line (JSON) or a document (YAML); the last one is the operation's state."""

    def __init__(self, terminal: Terminal, form: Format) -> None:
        self._terminal = terminal
        self._format = form

    def feed(self, event: Progress) -> None:
        """Print ``event`` as data."""
        self._terminal.write(render_item(event_data(event), self._format))

    def terminating(self) -> None:
        """Say nothing: the events tell it."""

    def finish(self, next_steps: Sequence[str], ends: Mapping[str, str]) -> None:
        """Say nothing: the last event told it."""


class LiveDisplay:
    """A tree that redraws itself in place, and leaves the story and its summary behind."""

    def __init__(self, terminal: Terminal, now: Callable[[], float]) -> None:
        self._terminal = terminal
        self._now = now
        self._view = OperationView()
        self._live: Live | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._drawn: tuple[list[Line], object] | None = None

    def __enter__(self) -> Self:
        from rich.live import Live

        self._live = Live(
            console=self._terminal.console(),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def feed(self, event: Progress) -> None:
        """Take ``event`` in and redraw soon; bursts are drawn once."""
        self._view.feed(event)
        self._again(_BETWEEN)

    def terminating(self) -> None:
        """Show that the operation is being ended."""
        self._view.terminating = True
        self._again(0)

    def finish(self, next_steps: Sequence[str], ends: Mapping[str, str]) -> None:
        """Replace the live tree by its last state and the summary."""
        self.__exit__(None, None, None)
        console = self._terminal.console()
        ended = self._view.ended_at or 0.0
        lines = tree_lines(self._view, ended, width=console.width, height=10_000)
        self._terminal.print(lines)
        self._terminal.print(summary_lines(self._view, next_steps=next_steps, ends=ends))

    def _again(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + delay
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._draw)

    def _draw(self) -> None:
        self._timer = None
        if self._live is None:
            return
        size = self._terminal.console().size
        lines = tree_lines(
            self._view, self._now(), width=size.width - 1, height=max(size.height - 2, 1)
        )
        # What looks the same is not drawn again: a calm screen is one that is left alone.
        if (lines, size) != self._drawn:
            self._drawn = lines, size
            self._live.update(self._picture(lines), refresh=True)
        self._again(_TICK)

    def _picture(self, lines: Sequence[Line]) -> Text:
        from rich.text import Text

        picture = Text(no_wrap=True, overflow="crop", end="")
        for line in lines:
            picture.append_text(self._terminal.rich_text(line))
            picture.append("\n")
        # The cursor rests on a line of its own: what the terminal echoes there, such as the ^C of
        # an interrupt, makes no line of the picture longer than it was counted.
        picture.append(" ")
        return picture


_TERMINATING: Line = [
    Span("terminating: hooks are stopped; Ctrl-C again leaves at once", Tone.WARN)
]


def display_for(terminal: Terminal, form: Format, now: Callable[[], float]) -> Display:
    """Return the display for ``form`` on ``terminal``: live only where a person can watch.

    ``now`` returns Unix seconds.
    """
    if form is not Format.TEXT:
        return DataDisplay(terminal, form)
    return LiveDisplay(terminal, now) if terminal.interactive else LinesDisplay(terminal, now)


__all__ = ["Display", "display_for"]
