"""What a command works from: a folder, a repository, or an Application manifest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenter.cli.flags import Command
from tenter.errors import UsageError

if TYPE_CHECKING:
    from tenter.library import Application


@dataclass(frozen=True)
class SourceChoice:
    """The source as it was named on the command line."""

    named: str | None
    application_file: Path | None

    def read(self) -> str | Application:
        """Return what to sync: the source as written, or the Application of the file.

        What of the Application is not considered is said on standard error. Raises UsageError
        where none or both are given, and the errors of reading the file.
        """
        if self.application_file is not None:
            if self.named is not None:
                raise UsageError(
                    f"both {self.named} and -f {self.application_file} say what to sync. Give one "
                    "of them."
                )
            from tenter.library import application_file

            application, notices = application_file(self.application_file)
            for notice in notices:
                click.echo(f"note: {notice}", err=True)
            return application
        if self.named is None:
            raise UsageError(
                "nothing to sync: name a folder, a file or a Git repository, or an Application "
                "manifest with -f. For example: tenter sync ./deploy --app shop"
            )
        return self.named


def source_flags(command: Command) -> Command:
    """Add the argument and ``-f``; the command gets ``source: SourceChoice``."""

    @functools.wraps(command)
    def with_source(*args: Any, **kwargs: Any) -> Any:
        choice = SourceChoice(kwargs.pop("source"), kwargs.pop("application_file"))
        return command(*args, source=choice, **kwargs)

    decorated: Command = click.option(
        "-f",
        "--file",
        "application_file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="An Application manifest that says what to sync, and how.",
    )(with_source)
    return click.argument("source", required=False, metavar="[PATH|REPO]")(decorated)
