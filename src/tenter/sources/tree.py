"""The files of a source, whether they lie in a directory or in a Git commit.

Renderers read a tree and nothing else, so that none of them can tell, or must care, where its
files are. Paths are relative to the tree's root, with ``/``; one may leave the root by ``..``, as
an overlay's base or a chart's values file does, and never the repository.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Protocol

import msgspec

from tenter.errors import SourceError

MAX_FILE = 64 * 1024 * 1024
"""A file beyond this many bytes holds no manifests that a cluster would take."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a tree holds; every part is sorted.

    ``files`` are those that can be read. ``linked`` are symbolic links to directories and
    ``modules`` Git submodules: neither is followed. ``single`` says that the root is itself a
    file, the only one in ``files``, by its base name.
    """

    files: tuple[str, ...]
    linked: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    single: bool = False


class Tree(Protocol):
    """The files under one root."""

    @property
    def prefix(self) -> str:
        """Where in its repository the root lies; empty where it is the repository's top."""
        ...

    @property
    def top(self) -> Tree:
        """The tree of the whole repository."""
        ...

    async def list(self, *, recurse: bool, under: str = "") -> Listing:
        """Return the files of the root, and with ``recurse`` those of all sub-directories.

        ``under`` is a directory to list instead of the root; what is listed still starts at the
        root. It may be a symbolic link to one. Raises ``SourceError`` where it is not there.
        """
        ...

    async def read(self, files: Sequence[str]) -> Sequence[bytes]:
        """Return the content of ``files``, in their order.

        Raises ``SourceError`` for a file that cannot be read, for a symbolic link that leaves the
        tree, and for one over ``MAX_FILE`` bytes.
        """
        ...

    def name(self, file: str) -> str:
        """Return what ``file`` (or the root, if empty) is called in messages."""
        ...


def inner_path(path: str) -> str:
    """Return ``path`` without ``.`` and doubled slashes; the empty string is the root.

    Raises ``SourceError`` for an absolute path, and for one that leaves the repository.
    """
    if any(character in path for character in "\0\n\r"):
        raise SourceError(f"the path {path!r} holds control characters; remove them")
    if path.startswith("/"):
        raise SourceError(f"the path {path} is absolute; give it relative to the repository")
    if ".." in path.split("/"):
        raise SourceError(f"the path {path} holds '..'; give it without")
    inner = posixpath.normpath(path) if path else "."
    return "" if inner == "." else inner
