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
    type=click.Path(path_type=Path, exists=True),
    help="Lua checks, laid out GROUP/KIND/health.lua, or a file with Argo CD's ConfigMap "
    "argocd-cm; they come before the built-in ones.",
)
@output_flag
def health(file: str, scripts: Path | None, output: Format) -> int:
    """Judge the health of the objects in FILE, as a sync would.

    \b
    kubectl get deployment web -o yaml | tenter health -f -
    tenter health -f widget.yaml --scripts ./health
    tenter health -f widget.yaml --scripts argocd-cm.yaml -o json

    Ends with 1 where a script failed, whatever the verdicts are.
    """
    from tenter import library
    from tenter.cli.exit_codes import ExitCode
    from tenter.cli.io_terminal import Terminal
    from tenter.cli.running import run
    from tenter.cli.view.text import Span
    from tenter.cli.view.wording import health_tone

    terminal = Terminal()
    verdicts = run(library.judge_file(file, scripts=scripts))
    for verdict in verdicts:
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
                "failed": verdict.failed,
            }
            terminal.write(render_item(item, output))
            continue
        said = f"  {message}" if message else ""
        shown = status or "no check for this kind"
        terminal.print([[Span(f"{verdict.key}  "), Span(shown, health_tone(status)), Span(said)]])
    return ExitCode.FAILED if any(each.failed for each in verdicts) else ExitCode.DONE
