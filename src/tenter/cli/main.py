"""The ``tenter`` command: finds the subcommand, runs it, and turns what happens into an exit code.

This module and ``lazy_group`` are all that ``tenter --help`` imports; keep it so.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Sequence

import click

from tenter.cli.exit_codes import ExitCode
from tenter.cli.lazy_group import Entry, LazyGroup

_COMMANDS = {
    "demo": Entry(
        "tenter.cli.commands.demo:demo", "See hooks at work: the guided tour on a local cluster."
    ),
    "sync": Entry(
        "tenter.cli.commands.sync:sync", "Bring a cluster to what Git wants, with hooks."
    ),
    "plan": Entry(
        "tenter.cli.commands.plan:plan", "Show phases, waves, hooks and changes of a sync, and why."
    ),
    "diff": Entry("tenter.cli.commands.diff:diff", "Show how live objects differ from the source."),
    "get": Entry("tenter.cli.commands.get:get", "Show an application: its objects, sync, health."),
    "history": Entry("tenter.cli.commands.history:history", "List what was deployed, and when."),
    "logs": Entry("tenter.cli.commands.logs:logs", "Print what the hooks of the last sync said."),
    "rollback": Entry(
        "tenter.cli.commands.rollback:rollback", "Go back to an earlier entry of the history."
    ),
    "terminate": Entry(
        "tenter.cli.commands.terminate:terminate", "End a running operation cleanly."
    ),
    "delete": Entry(
        "tenter.cli.commands.delete:delete", "Remove an application, with its delete hooks."
    ),
    "controller": Entry(
        "tenter.cli.commands.controller:controller",
        "Keep a cluster's Applications as Git wants them.",
    ),
    "cluster": Entry(
        "tenter.cli.commands.cluster:cluster", "Run an embedded Kubernetes cluster that stays."
    ),
    "health": Entry("tenter.cli.commands.health:health", "Judge the health of objects in a file."),
    "install": Entry(
        "tenter.cli.commands.install:install", "Print what the controller needs in a cluster."
    ),
    "version": Entry("tenter.cli.commands.version:version", "Print Tenter's version."),
}

_EPILOG = """\b
Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 differences found,
4 timed out, 130 interrupted.
Completion for your shell (bash, zsh or fish):
  eval "$(_TENTER_COMPLETE=bash_source tenter)"
"""


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from tenter.cli.commands.version import version_line

    click.echo(version_line())
    ctx.exit()


@click.group(
    cls=LazyGroup,
    entries=_COMMANDS,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print Tenter's version and leave.",
)
def tenter() -> None:
    """Sync Kubernetes manifests from Git with Argo CD's resource hooks.

    \b
    tenter demo                      see it work, no cluster needed
    tenter plan ./deploy             what would a sync do, and why?
    tenter sync ./deploy --app shop  do it
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    ``arguments`` are those after the program's name, by default the process' own. Every
    ``TenterError`` is told on standard error as what, where and what to do, and where ``-o json``
    or ``-o yaml`` was asked for also as data on standard output; tracebacks are shown only with
    ``TENTER_DEBUG=1``.
    """
    given = list(arguments) if arguments is not None else sys.argv[1:]
    try:
        code = tenter.main(
            given,
            prog_name="tenter",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.ClickException as error:
        _tell(_usage_complaint(error))
        _tell_data(given, "UsageError", error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell(["interrupted."])
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 - the border to the user: all is told, none is lost
        return _complain(error, given)
    return code if isinstance(code, int) else ExitCode.DONE


def _usage_complaint(error: click.ClickException) -> list[str]:
    """Return what to tell of a wrong call: what is wrong first, then where to read more."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return [error.format_message()]
    lines = [f"error: {error.format_message()}"]
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        lines.append(f"  {context.command_path} --help shows how it is used.")
    return lines


def _complain(error: Exception, arguments: Sequence[str]) -> int:
    from tenter.cli.complaints import complaint, exit_code_of, told_errors

    if os.environ.get("TENTER_DEBUG") == "1":
        import traceback

        _tell("".join(traceback.format_exception(error)).splitlines())
    for told in told_errors(error):
        if isinstance(told, BrokenPipeError):
            return _reader_left()
        _tell(complaint(told))
    first = told_errors(error)[0]
    _tell_data(arguments, type(first).__name__, str(first))
    return exit_code_of(error)


def _tell_data(arguments: Sequence[str], kind: str, message: str) -> None:
    """Tell an error to a program that reads standard output, where the call asked for data."""
    form = _asked_form(arguments)
    if form is None:
        return
    from tenter.cli.formats import Format, render_item
    from tenter.cli.io_terminal import Terminal

    item = {"error": {"type": kind, "message": message}}
    Terminal().write(render_item(item, Format(form)))


def _asked_form(arguments: Sequence[str]) -> str | None:
    """Return the form of data that ``-o`` names, None where text or nothing was asked for.

    Read from the arguments themselves: a call so wrong that it cannot be parsed may still have
    asked for data.
    """
    asked = None
    for argument, following in itertools.pairwise([*arguments, ""]):
        if argument in {"-o", "--output"}:
            asked = following
        elif argument.startswith("--output="):
            asked = argument.removeprefix("--output=")
        elif argument.startswith("-o") and not argument.startswith("--"):
            asked = argument.removeprefix("-o").removeprefix("=")
    return asked if asked in {"json", "yaml"} else None


def _tell(lines: Sequence[str]) -> None:
    try:
        for line in lines:
            click.echo(line, err=True)
    except BrokenPipeError:
        _reader_left()


def _reader_left() -> int:
    from tenter.cli.io_terminal import discard_output

    discard_output()
    return ExitCode.FAILED
