"""Where an application's manifests come from, in the form in which it is saved.

Two things are read off it: whether a sync under the same name means the same application (its
address and path, whatever the revision), and how to read an older revision again. Addresses of
this machine are saved absolute, since the next command may run elsewhere.
"""

from __future__ import annotations

import posixpath
from typing import Any

import msgspec

from tenter.sources import DirectoryOptions, GitSource, LocalSource, Source

LOCAL = "local"
GIT = "git"


class SavedSource(msgspec.Struct, frozen=True, kw_only=True):
    """``address`` is a path, a repository, or ``-``; ``path`` is within a repository."""

    kind: str
    address: str
    path: str = ""
    directory: DirectoryOptions = DirectoryOptions()

    def same_place(self, other: SavedSource) -> bool:
        """Tell whether the other names the same place; how it is read may differ."""
        return (self.kind, self.address, self.path) == (other.kind, other.address, other.path)

    def at(self, revision: str) -> Source:
        """Return the source at ``revision``; an empty one means as it is now."""
        if self.kind == GIT:
            return GitSource(
                repository=self.address,
                path=self.path,
                revision=revision or "HEAD",
                directory=self.directory,
            )
        return LocalSource(path=self.address, revision=revision, directory=self.directory)

    def described(self, revision: str = "") -> dict[str, Any]:
        """Return the source as an Application's ``spec.source`` writes it."""
        described: dict[str, Any] = {"repoURL": self.address}
        if self.path:
            described["path"] = self.path
        if revision:
            described["targetRevision"] = revision
        directory: dict[str, Any] = {}
        if self.directory.recurse:
            directory["recurse"] = True
        if self.directory.include:
            directory["include"] = "{" + ",".join(self.directory.include) + "}"
        if self.directory.exclude:
            directory["exclude"] = "{" + ",".join(self.directory.exclude) + "}"
        if directory:
            described["directory"] = directory
        return described

    def __str__(self) -> str:
        return f"{self.address}, path {self.path}" if self.path not in {"", "."} else self.address


def saved_source(source: Source, base: str = "") -> SavedSource:
    """Return ``source`` in its saved form; ``base`` is the directory of its relative paths."""
    if isinstance(source, GitSource):
        address = source.repository
        if base and _is_relative_path(address):
            address = _joined(base, address)
        return SavedSource(kind=GIT, address=address, path=source.path, directory=source.directory)
    address = source.path
    if base and address != "-":
        address = _joined(base, address)
    return SavedSource(kind=LOCAL, address=address, directory=source.directory)


def _is_relative_path(address: str) -> bool:
    return address.startswith(".") or (":" not in address and not address.startswith("/"))


def _joined(base: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(base, path))
