"""A group of commands that imports a command only when it is called.

The table holds each command's one-line help, so that listing them imports none: that is most of
the time ``tenter --help`` would otherwise take.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command lives (``module:attribute``) and its line in the list of commands."""

    target: str
    summary: str


class LazyGroup(click.Group):
    """A group over a table of entries, listed in the table's order."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = dict(entries)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the table's order."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command called ``cmd_name``; None if there is none."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which known name comes nearest."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.entries:
            import difflib

            near = difflib.get_close_matches(name, list(self.entries), n=1)
            guess = (
                f"Did you mean {near[0]!r}?"
                if near
                else f"{ctx.command_path} --help lists them all."
            )
            raise click.UsageError(f"there is no command {name!r}. {guess}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])
