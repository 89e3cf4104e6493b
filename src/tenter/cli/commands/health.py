"""``tenter health``: the verdict on objects in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tenter.cli.flags import output_flag
from tenter.cli.formats import Format, render_item


@click.command()
@click.option(
    "-f",
    "--file",
    required=True,
    metavar="FILE",
    help="Objects as a cluster returns them, in YAML or JSON; - is standard input.",
)
@click.option(
    "--scripts",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Lua checks, laid out GROUP/KIND/health.lua; they come before the built-in ones.",
)
@output_flag
def health(file: str, scripts: Path | None, output: Format) -> None:
    """Judge the health of the objects in FILE, as a sync would.

    \b
    kubectl get deployment web -o yaml | tenter health -f -
    tenter health -f widget.yaml --scripts ./health
    """
    from tenter import library
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.text import Span
    from tenter.cli.view.wording import health_tone

    terminal = Terminal()
    for verdict in run(library.judge_file(file, scripts=scripts)):
        status = verdict.health.status.value if verdict.health else None
        message = verdict.health.message if verdict.health else ""
        if output is not Format.TEXT:
            item: dict[str, Any] = {
                "group": verdict.key.group,
                "kind": verdict.key.kind,
                "namespace": verdict.key.namespace,
                "name": verdict.key.name,
                "health": {"status": status, "message": message} if status else None,
                "custom": verdict.custom,
            }
            terminal.write(render_item(item, output))
            continue
        said = f"  {message}" if message else ""
        shown = status or "no check for this kind"
        terminal.print([[Span(f"{verdict.key}  "), Span(shown, health_tone(status)), Span(said)]])
