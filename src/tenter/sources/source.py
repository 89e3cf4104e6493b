"""Where manifests come from, as values, and what loading one gives.

A source says what the user asked for; only ``loading`` acts on it. Directory options are Argo CD's
``spec.source.directory``.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tenter.globs import matches
from tenter.manifests import Document, Notice

STANDARD_INPUT = "-"


class DirectoryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of a directory are read.

    ``include`` and ``exclude`` are glob patterns over the path from the directory on, as in
    ``globs``; nothing in ``include`` takes every file, and ``exclude`` wins. As in Argo CD,
    sub-directories are left out unless ``recurse`` says otherwise.
    """

    recurse: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, path: str) -> bool:
        """Tell whether the file at ``path`` (with ``/``, from the directory on) is read."""
        if any(matches(pattern, path) for pattern in self.exclude):
            return False
        return not self.include or any(matches(pattern, path) for pattern in self.include)


class LocalSource(msgspec.Struct, frozen=True, kw_only=True):
    """A directory or file of this machine, or standard input where ``path`` is ``-``.

    With a ``revision`` the path is read from the Git repository it lies in, at that revision, and
    not from the working tree.
    """

    path: str
    revision: str = ""
    directory: DirectoryOptions = DirectoryOptions()


class GitSource(msgspec.Struct, frozen=True, kw_only=True):
    """A path in a Git repository at a revision.

    ``repository`` is an https, ssh, scp-like (``git@host:path``) or file URL, or a local path.
    ``revision`` is HEAD, a branch, a tag, a commit (full or its first digits), or a range of
    version tags such as ``1.2.*`` or ``>=1.0 <2.0``. ``path`` is relative to the repository.
    """

    repository: str
    revision: str = "HEAD"
    path: str = "."
    directory: DirectoryOptions = DirectoryOptions()


Source: TypeAlias = LocalSource | GitSource


class Loaded(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a source holds.

    ``documents`` are cleaned and in a fixed order (by file, then place in it). ``revision`` is the
    full commit they come from, and empty where they come from no commit. ``origin`` says for
    people where that is. ``notices`` are those of the source and of all documents.
    """

    documents: tuple[Document, ...]
    revision: str
    origin: str
    notices: tuple[Notice, ...] = ()
