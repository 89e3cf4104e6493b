"""Draw docs/live-view.svg: the live view of the example's first deploy, as a terminal shows it.

The deploy is real (an embedded cluster with processes); the picture is of the moment in which the
smoke test has said the most. Run it as ``python -m tools.draw_live_view``.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from tenter import library
from tenter.cli.demo.io_example import example_folder, read_revisions, temporary_folder
from tenter.cli.demo.io_receiver import slack_receiver
from tenter.cli.io_terminal import Terminal
from tenter.cli.view import OperationView, tree_lines
from tenter.cli.view.text import Line
from tenter.library import Cluster, LogLine, Progress

PICTURE = Path(__file__).parents[1] / "docs" / "live-view.svg"
WIDTH, HEIGHT = 104, 24
PROMPT = "$ tenter sync https://github.com/acme/shop --path deploy --app shop -n shop"


async def draw() -> list[Line]:
    """Return the lines of the view at its best moment."""
    view = OperationView()
    best: list[Line] = []

    def look(event: Progress) -> None:
        view.feed(event)
        if isinstance(event, LogLine) and "smoke-test" in event.key.name:
            best[:] = tree_lines(view, event.at + 0.05, width=WIDTH, height=HEIGHT)

    async with slack_receiver(lambda _: None) as slack:
        first = read_revisions(example_folder(None), slack.url)[0]
        with temporary_folder() as folder:
            for path, text in first.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
            async with Cluster.embedded(run_processes=True) as cluster:
                await library.sync(
                    str(folder),
                    cluster=cluster,
                    application="shop",
                    namespace="shop",
                    create_namespace=True,
                    on_progress=look,
                )
    return best


def main() -> int:
    """Write the picture."""
    lines = asyncio.run(draw())
    terminal = Terminal(sys.stdout)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(PROMPT, style="bold", highlight=False)
    for line in lines:
        console.print(terminal.rich_text(line))
    # The picture fetches nothing: no web fonts, and any monospaced one will do.
    frame = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    frame = re.sub(r"<!--.*?-->", "", frame, flags=re.DOTALL)
    picture = console.export_svg(title="tenter", code_format=frame)
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"drew {PICTURE.name} with {len(lines)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
