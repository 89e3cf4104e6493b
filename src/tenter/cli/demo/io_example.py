"""The example application's files, as the revisions that the demo commits one after the other."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tenter.errors import SourceError

_BASE = "app"
_REVISIONS = "revisions"
_SLACK = "https://hooks.slack.com/services/..."


def example_folder(given: Path | None = None) -> Path:
    """Return the folder of the example: ``given``, or the one that comes with Tenter.

    Raises SourceError where it is not laid out as the demo plays it.
    """
    # In a checkout this is a link to examples/shop; a wheel holds the files themselves.
    folder = given or Path(__file__).with_name("shop")
    for part in (_BASE, _REVISIONS):
        if not (folder / part).is_dir():
            raise SourceError(
                f"the demo cannot play {folder}: it has no folder {part}. Its manifests belong in "
                f"{_BASE}, and what each later revision changes in a folder under {_REVISIONS}; "
                "without --example the shop that comes with Tenter is played."
            )
    return folder


def read_revisions(folder: Path, slack: str) -> list[dict[str, str]]:
    """Return the files (path to text) of each revision, the first one first.

    Each folder under ``revisions`` holds the files that differ from the revision before.
    ``slack`` is the address to notify, in place of the one written in the example.
    """
    revisions = [_read(folder / _BASE)]
    for changes in sorted((folder / _REVISIONS).iterdir()):
        revisions.append({**revisions[-1], **_read(changes)})
    return [
        {path: text.replace(_SLACK, slack) for path, text in files.items()} for files in revisions
    ]


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder that is gone when the context ends."""
    with tempfile.TemporaryDirectory(prefix="tenter-demo-") as folder:
        yield Path(folder)


def _read(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*.yaml"))
    }
