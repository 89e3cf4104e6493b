"""Read whole folders of a tree, to be written where a program can work on them.

Symbolic links to folders are followed here, because charts and bases are shared by them; the tree
itself sees to it that none leads out of the repository.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from tenter.errors import RenderError
from tenter.sources.tree import Tree

MAX_FILES = 20_000
MAX_BYTES = 256 * 1024 * 1024
_MAX_LINKS = 4
"""How many links to folders one path may go through; a loop of links goes through any number."""


async def gather(tree: Tree, folders: Iterable[str]) -> dict[str, bytes]:
    """Return every file below ``folders`` of ``tree``, by its path, in order.

    Raises ``SourceError`` for what cannot be read, and ``RenderError`` for more than
    ``MAX_FILES`` files or ``MAX_BYTES`` bytes.
    """
    paths: dict[str, None] = {}
    for folder in _outermost(folders):
        pending = [(folder, 0)]
        while pending:
            where, links = pending.pop()
            listing = await tree.list(recurse=True, under=where)
            paths.update(dict.fromkeys(listing.files))
            if links < _MAX_LINKS:
                pending += [(link, links + 1) for link in listing.linked]
            if len(paths) > MAX_FILES:
                raise RenderError(
                    f"{tree.name(folder)} holds more than {MAX_FILES:,} files; render a folder "
                    "that holds only what belongs to the application"
                )
    names = sorted(paths)
    contents = await tree.read(names)
    if sum(map(len, contents)) > MAX_BYTES:
        raise RenderError(
            f"{tree.name(names[0])} and the files beside it have more than {MAX_BYTES:,} bytes; "
            "render a folder that holds only what belongs to the application"
        )
    return dict(zip(names, contents, strict=True))


def _outermost(folders: Iterable[str]) -> list[str]:
    """Leave out folders that lie in another of them."""
    kept: list[str] = []
    for folder in sorted(set(folders)):
        if not any(is_within(folder, other) for other in kept):
            kept.append(folder)
    return kept


def is_within(path: str, folder: str) -> bool:
    """Tell whether ``path`` is ``folder`` or lies below it; the empty folder is the top."""
    return not folder or path == folder or path.startswith(folder + "/")


def joined(folder: str, path: str, *, what: str) -> str:
    """Return ``path`` from ``folder`` on, or from the top where it starts with ``/``.

    ``what`` names it for the ``RenderError`` that is raised where it leaves the repository.
    """
    found = posixpath.normpath(posixpath.join("/", folder, path).lstrip("/") or ".")
    if path.startswith("/"):
        found = posixpath.normpath(path.lstrip("/") or ".")
    if found == ".." or found.startswith("../"):
        raise RenderError(f"{what}: {path} leads out of the repository; keep it within")
    return "" if found == "." else found
