"""Where manifests come from, as values, and what loading one gives.

A source says what the user asked for; only ``loading`` acts on it.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tenter.manifests import Document, Notice
from tenter.sources.options import SourceOptions

STANDARD_INPUT = "-"
REVISION_SEPARATOR = ";"
"""Stands between the revisions of several sources; none can hold it, unlike a comma."""


class LocalSource(msgspec.Struct, frozen=True, kw_only=True):
    """A directory or file of this machine, or standard input where ``path`` is ``-``.

    With a ``revision`` the path is read from the Git repository it lies in, at that revision, and
    not from the working tree.
    """

    path: str
    revision: str = ""
    options: SourceOptions = SourceOptions()


class GitSource(msgspec.Struct, frozen=True, kw_only=True):
    """A path in a Git repository at a revision.

    ``repository`` is an https, ssh, scp-like (``git@host:path``) or file URL, or a local path.
    ``revision`` is HEAD, a branch, a tag, a commit (full or its first digits), or a range of
    version tags such as ``1.2.*`` or ``>=1.0 <2.0``. ``path`` is relative to the repository. By
    ``ref`` the other sources of an application name its files, as ``$ref/values.yaml``; one that
    has a ``ref`` and no path gives no manifests itself.
    """

    repository: str
    revision: str = "HEAD"
    path: str = "."
    options: SourceOptions = SourceOptions()
    ref: str = ""

    @property
    def only_referred_to(self) -> bool:
        """Whether it is there for others' values files only."""
        return bool(self.ref) and not self.path


class ChartSource(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of a Helm repository or of an OCI registry.

    ``repository`` is the repository's https address, or that of a registry, with or without
    ``oci://`` before it. ``revision`` is a version, or a range of them, whose highest is taken.
    """

    repository: str
    chart: str
    revision: str = ""
    options: SourceOptions = SourceOptions()


OneSource: TypeAlias = LocalSource | GitSource | ChartSource
"""A source that by itself can be loaded."""


class SeveralSources(msgspec.Struct, frozen=True, kw_only=True):
    """The sources of an application that has several; their manifests are taken together."""

    sources: tuple[GitSource | ChartSource, ...]

    @property
    def revision(self) -> str:
        """The revisions asked for, in one text."""
        return REVISION_SEPARATOR.join(source.revision for source in self.sources)

    @property
    def main(self) -> GitSource | ChartSource:
        """The first that gives manifests, by which the whole is called."""
        for source in self.sources:
            if isinstance(source, ChartSource) or not source.only_referred_to:
                return source
        return self.sources[0]


Source: TypeAlias = LocalSource | GitSource | ChartSource | SeveralSources


class Loaded(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a source holds.

    ``documents`` are cleaned and in a fixed order (by file, then place in it, where they are files;
    else the renderer's). ``revision`` is the full commit they come from, the version of a chart,
    and empty where they come from neither; of several sources it is theirs, with
    ``REVISION_SEPARATOR`` between. ``origin`` says for people where that is. ``types`` are how the
    sources were rendered, by Argo CD's names, and ``rendered_by`` the programs that did, if any,
    and why those. ``notices`` are those of the source and of all
    documents.
    """

    documents: tuple[Document, ...]
    revision: str
    origin: str
    notices: tuple[Notice, ...] = ()
    types: tuple[str, ...] = ("Directory",)
    rendered_by: tuple[str, ...] = ()

    @property
    def revisions(self) -> tuple[str, ...]:
        """The revision of each source."""
        return tuple(self.revision.split(REVISION_SEPARATOR))
