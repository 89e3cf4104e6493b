"""What Git wants of an Application: its sources at their revisions, as checked manifests.

Revisions are resolved first, by what is known of the repositories; manifests are read only where a
revision, or what is asked of it, is another than before. It knows the cluster only as discovery:
which kinds are namespaced.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tenter.applications.application import read_patterns
from tenter.applications.preparing import Prepared, check_documents
from tenter.applications.targets import Scopes
from tenter.applications.tracking import Tracking
from tenter.argoproj import ApplicationSource, Condition
from tenter.controller.repositories import Repositories
from tenter.controller.tolerance import tolerated
from tenter.engine import SyncOptions
from tenter.errors import NoManifests, RenderError
from tenter.kube.discovery import Discovery
from tenter.manifests import Document, Notice, Origin, read_documents
from tenter.sources import DirectoryOptions
from tenter.sources.directory import read_directory
from tenter.sources.tree import inner_path

DIRECTORY = "Directory"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is wanted, and from which commits: one for each source.

    ``conditions`` are what was let pass in the manifests.
    """

    prepared: Prepared
    revisions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def revision(self) -> str:
        """The first source's commit, which names an operation."""
        return self.revisions[0] if self.revisions else ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where manifests go: whose they are, how they are marked, what the cluster serves."""

    application: str
    namespace: str
    discovery: Discovery
    tracking: Tracking = Tracking()


class Sources:
    """Reads the sources of Applications from ``repositories``."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    async def resolve(
        self, sources: Sequence[ApplicationSource], revisions: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Return the commit of each source; ``revisions`` go before the sources' own.

        Raises ``SourceError`` where one cannot be found.
        """
        commits = []
        for number, source in enumerate(sources):
            asked = revisions[number] if number < len(revisions) else ""
            _refuse_unsupported(source)
            mirror = self._repositories.mirror(source.repo_url)
            commits.append(await mirror.resolve(asked or source.target_revision))
        return tuple(commits)

    async def look(self, address: str) -> None:
        """Look where the repository's refs are now. Raises ``SourceError``."""
        await self._repositories.mirror(address).look()

    async def load(
        self,
        sources: Sequence[ApplicationSource],
        commits: Sequence[str],
        place: Place,
        options: SyncOptions,
    ) -> Wanted:
        """Return what the sources hold at ``commits``.

        A source that holds nothing is an Application without objects, as in Argo CD. Raises
        ``SourceError``, ``RenderError`` and ``ManifestError``.
        """
        documents: list[Document] = []
        notices: list[Notice] = []
        for source, commit in zip(sources, commits, strict=True):
            if source.ref and not source.path:
                continue  # there for the others to refer to
            read, told = await self._read(source, commit)
            documents += read
            notices += told
        wanted = checked(documents, place, options, revision=commits[0] if commits else "")
        return msgspec.structs.replace(
            wanted,
            revisions=tuple(commits),
            source_types=tuple(DIRECTORY for _ in sources),
        )

    async def _read(
        self, source: ApplicationSource, commit: str
    ) -> tuple[list[Document], list[Notice]]:
        tree = await self._repositories.mirror(source.repo_url).tree(
            commit, inner_path(source.path or ".")
        )
        directory = source.directory
        options = DirectoryOptions(
            recurse=bool(directory and directory.recurse),
            include=read_patterns(directory.include if directory else ""),
            exclude=read_patterns(directory.exclude if directory else ""),
        )
        try:
            return await read_directory(tree, options)
        except NoManifests as error:
            return [], [Notice(str(error), Origin(tree.name("")))]


def checked(
    documents: Sequence[Document], place: Place, options: SyncOptions, *, revision: str = ""
) -> Wanted:
    """Return documents that were read already as what is wanted. Raises as ``read_targets``."""
    scopes = Scopes(place.discovery, documents)
    usable, conditions = tolerated(documents, place.namespace, scopes.is_namespaced)
    prepared = check_documents(
        usable,
        place.discovery,
        application=place.application,
        namespace=place.namespace,
        options=options,
        revision=revision,
        tracking=place.tracking,
    )
    return Wanted(prepared=prepared, conditions=tuple(conditions))


def inline_documents(manifests: Sequence[str]) -> list[Document]:
    """Return the objects of ``operation.sync.manifests``. Raises ``ManifestError``."""
    found: list[Document] = []
    for number, text in enumerate(manifests):
        found += read_documents(text, f"operation.sync.manifests[{number}]")
    return found


def _refuse_unsupported(source: ApplicationSource) -> None:
    renderers = {"helm": source.helm, "kustomize": source.kustomize}
    named = [name for name, options in renderers.items() if options is not None]
    if source.chart or named:
        what = "chart" if source.chart else named[0]
        raise RenderError(
            f"the source {source.repo_url} has {what}, which is not supported yet. Commit the "
            "rendered manifests, and use them as a directory"
        )
