"""Where an application's manifests come from, in the form in which it is saved.

Two things are read off it: whether a sync under the same name means the same application (its
address and path, whatever the revision), and how to read an older revision again. Addresses of
this machine are saved absolute, since the next command may run elsewhere.
"""

from __future__ import annotations

import posixpath
from typing import Any

import msgspec

from tenter.errors import UsageError
from tenter.sources import (
    ChartSource,
    GitSource,
    LocalSource,
    SeveralSources,
    Source,
    SourceOptions,
    write_source_options,
)
from tenter.sources.source import REVISION_SEPARATOR

LOCAL = "local"
GIT = "git"
CHART = "chart"
SEVERAL = "several"


class SavedSource(msgspec.Struct, frozen=True, kw_only=True):
    """``address`` is a path, a repository, or ``-``; ``path`` is within it, or a chart's name.

    An application with several sources has them in ``parts``, and the first one's address.
    """

    kind: str
    address: str
    path: str = ""
    options: SourceOptions = SourceOptions()
    ref: str = ""
    parts: tuple[SavedSource, ...] = ()

    def same_place(self, other: SavedSource) -> bool:
        """Tell whether the other names the same place; how it is read may differ."""
        mine, theirs = (self.kind, self.address, self.path), (other.kind, other.address, other.path)
        if mine != theirs or len(self.parts) != len(other.parts):
            return False
        return all(
            part.same_place(same) for part, same in zip(self.parts, other.parts, strict=True)
        )

    def at(self, revision: str) -> Source:
        """Return the source at ``revision``; an empty one means as it is now.

        Raises ``UsageError`` where several sources are not given as many revisions.
        """
        if self.kind != SEVERAL:
            return self._by_itself(revision)
        revisions = revision.split(REVISION_SEPARATOR) if revision else [""] * len(self.parts)
        if len(revisions) != len(self.parts):
            raise UsageError(
                f"this application has {len(self.parts)} sources; give as many revisions, with "
                f"{REVISION_SEPARATOR} between them"
            )
        return SeveralSources(
            sources=tuple(
                source
                for part, each in zip(self.parts, revisions, strict=True)
                if not isinstance(source := part.at(each), LocalSource | SeveralSources)
            )
        )

    def described(self, revision: str = "") -> dict[str, Any]:
        """Return the source as an Application's ``spec.source`` writes it.

        Of several sources it is the first that gives manifests.
        """
        if self.parts:
            source = self.at(revision)
            if isinstance(source, SeveralSources):
                main = saved_source(source.main)
                return main.described(source.main.revision if revision else "")
        described: dict[str, Any] = {"repoURL": self.address}
        if self.path:
            described["chart" if self.kind == CHART else "path"] = self.path
        if revision:
            described["targetRevision"] = revision
        return described | write_source_options(self.options)

    def _by_itself(self, revision: str) -> LocalSource | GitSource | ChartSource:
        match self.kind:
            case "git":
                return GitSource(
                    repository=self.address,
                    path=self.path,
                    revision=revision or "HEAD",
                    options=self.options,
                    ref=self.ref,
                )
            case "chart":
                return ChartSource(
                    repository=self.address,
                    chart=self.path,
                    revision=revision,
                    options=self.options,
                )
            case _:
                return LocalSource(path=self.address, revision=revision, options=self.options)

    def __str__(self) -> str:
        if self.kind == CHART:
            return f"{self.address}, chart {self.path}"
        return f"{self.address}, path {self.path}" if self.path not in {"", "."} else self.address


def saved_source(source: Source, base: str = "") -> SavedSource:
    """Return ``source`` in its saved form; ``base`` is the directory of its relative paths."""
    match source:
        case SeveralSources():
            main = saved_source(source.main, base)
            parts = tuple(saved_source(each, base) for each in source.sources)
            return SavedSource(kind=SEVERAL, address=main.address, path=main.path, parts=parts)
        case ChartSource():
            return SavedSource(
                kind=CHART, address=source.repository, path=source.chart, options=source.options
            )
        case GitSource():
            address = source.repository
            if base and _is_relative_path(address):
                address = _joined(base, address)
            return SavedSource(
                kind=GIT,
                address=address,
                path=source.path,
                options=source.options,
                ref=source.ref,
            )
        case _:
            address = source.path
            if base and address != "-":
                address = _joined(base, address)
            return SavedSource(kind=LOCAL, address=address, options=source.options)


def _is_relative_path(address: str) -> bool:
    return address.startswith(".") or (":" not in address and not address.startswith("/"))


def _joined(base: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(base, path))
