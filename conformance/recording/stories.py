"""What a story is, and how the modules of stories name theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from conformance.recording.stage import Stage, Subject

Plot = Callable[[Stage], Awaitable[None]]


class Story(msgspec.Struct, frozen=True):
    """``name`` is that of the file it is kept in, below its subject's kind."""

    name: str
    subject: Subject
    plot: Plot

    @property
    def place(self) -> str:
        """Where its states are kept."""
        return f"{self.subject.kind}/{self.name}.jsonl"


STORIES: list[Story] = []


def story(api_version: str, kind: str, *, name: str = "subject") -> Callable[[Plot], Plot]:
    """Make a function the plot of a story about an object of this kind, named after it."""

    def register(plot: Plot) -> Plot:
        title = getattr(plot, "__name__", "").replace("_", "-")
        STORIES.append(Story(title, Subject(api_version, kind, name), plot))
        return plot

    return register
