"""What Git wants of an Application: its sources at their revisions, as checked manifests.

Revisions are resolved first, by what is known of the repositories; manifests are read only where a
revision, or what is asked of it, is another than before. It knows the cluster only as discovery:
which kinds are namespaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tenter.applications.preparing import Prepared, check_documents
from tenter.applications.targets import Scopes
from tenter.applications.tracking import Tracking
from tenter.argoproj import ApplicationSource, Condition, plain
from tenter.controller.repositories import Repositories
from tenter.controller.tolerance import tolerated, without_excluded
from tenter.engine import SyncOptions
from tenter.errors import NoManifests
from tenter.kube.discovery import Discovery
from tenter.manifests import Document, GroupKind, Notice, Origin, read_documents
from tenter.sources import (
    ChartCredentials,
    Complete,
    RenderFacts,
    Renderings,
    RenderSettings,
    SourceType,
    read_source_options,
)
from tenter.sources.loading import chart_tree
from tenter.sources.rendering import Rendering, SourceFacts, render
from tenter.sources.tree import Tree, inner_path


class Wanted(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is wanted, and from which commits: one for each source.

    ``conditions`` are what was let pass in the manifests. ``contents`` are ids of what was read.
    """

    prepared: Prepared
    revisions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    contents: tuple[str, ...] = ()

    def holds_for(self, contents: tuple[str, ...]) -> bool:
        """Tell whether sources with these contents hold the same.

        Only plain directories are told by their contents: renderers may read what lies elsewhere,
        and are told the revision.
        """
        plain_files = all(each == SourceType.DIRECTORY for each in self.source_types)
        return plain_files and all(contents) and contents == self.contents

    def at(self, revisions: tuple[str, ...]) -> Wanted:
        """Return the same at other commits."""
        revision = revisions[0] if revisions else ""
        prepared = msgspec.structs.replace(self.prepared, revision=revision)
        return msgspec.structs.replace(self, prepared=prepared, revisions=revisions)

    @property
    def revision(self) -> str:
        """The first source's commit, which names an operation."""
        return self.revisions[0] if self.revisions else ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where manifests go: whose they are, how they are marked, what the cluster serves.

    ``complete`` adds what the cluster says to what renderers are told. ``project`` is the
    Application's, whose credentials are used. ``excluded`` tells of kinds that are left alone.
    """

    application: str
    namespace: str
    discovery: Discovery
    tracking: Tracking = Tracking()
    complete: Complete | None = None
    project: str = ""
    excluded: Callable[[GroupKind], bool] = lambda _: False


Credentials = Callable[[str, str], tuple[ChartCredentials, ...]]
"""Returns how a project (the second) is let in to the Helm repository at an address (the first)."""


class Sources:
    """Reads the sources of Applications from ``repositories``, and charts into ``cache``.

    ``settings`` are what renderers may; an empty ``cache`` is the user's own. ``credentials`` let
    in to Helm repositories.
    """

    def __init__(
        self,
        repositories: Repositories,
        *,
        settings: RenderSettings | None = None,
        cache: str = "",
        credentials: Credentials = lambda _address, _project: (),
    ) -> None:
        self._repositories = repositories
        self._settings = settings or RenderSettings()
        self._cache = cache
        self._credentials = credentials
        self.renderings = Renderings()

    def use(self, settings: RenderSettings) -> bool:
        """Render with ``settings`` from now on; tell whether they are others than before."""
        if settings == self._settings:
            return False
        self._settings, self.renderings = settings, Renderings()
        return True

    async def resolve(
        self, sources: Sequence[ApplicationSource], revisions: Sequence[str] = (), project: str = ""
    ) -> tuple[str, ...]:
        """Return the commit, or chart version, of each; ``revisions`` go before the sources' own.

        Raises ``SourceError`` where one cannot be found.
        """
        commits = []
        for number, source in enumerate(sources):
            asked = revisions[number] if number < len(revisions) else ""
            if source.chart:
                _, version = await self._chart(source, asked or source.target_revision, project)
                commits.append(version)
                continue
            mirror = self._repositories.mirror(source.repo_url, project)
            commits.append(await mirror.resolve(asked or source.target_revision))
        return tuple(commits)

    async def look(self, address: str, project: str = "") -> None:
        """Look where the repository's refs are now. Raises ``SourceError``."""
        await self._repositories.mirror(address, project).look()

    async def contents(
        self, sources: Sequence[ApplicationSource], commits: Sequence[str], project: str = ""
    ) -> tuple[str, ...]:
        """Return an id of what each source holds; empty where only reading it would tell.

        Raises ``SourceError`` where a commit cannot be fetched.
        """
        found = []
        for source, commit in zip(sources, commits, strict=True):
            if source.chart:
                found.append("")
                continue
            mirror = self._repositories.mirror(source.repo_url, project)
            found.append(await mirror.content_id(commit, inner_path(source.path or ".")))
        return tuple(found)

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
        trees = [
            await self._tree(source, commit, place.project)
            for source, commit in zip(sources, commits, strict=True)
        ]
        refs = {source.ref: tree for source, tree in zip(sources, trees, strict=True) if source.ref}
        documents: list[Document] = []
        notices: list[Notice] = []
        types: list[str] = []
        for source, commit, tree in zip(sources, commits, trees, strict=True):
            if source.ref and not source.path and not source.chart:
                types.append(SourceType.DIRECTORY)
                continue  # there for the others to refer to
            rendering = Rendering(
                # The instance's name may have its Application's namespace before it.
                facts=RenderFacts(
                    application=place.application.rpartition("_")[2], namespace=place.namespace
                ),
                complete=place.complete,
                source=SourceFacts(
                    repository=source.repo_url,
                    path=source.path,
                    target_revision=source.target_revision,
                    revision=commit,
                ),
                settings=self._settings_for(source, place.project),
                refs=refs,
                kept=self.renderings,
            )
            try:
                rendered = await render(tree, read_source_options(plain(source)), rendering)
            except NoManifests as error:
                notices.append(Notice(str(error), Origin(tree.name(""))))
                types.append(SourceType.DIRECTORY)
                continue
            documents += rendered.documents
            notices += rendered.notices
            types.append(rendered.type)
        wanted = checked(documents, place, options, revision=commits[0] if commits else "")
        return msgspec.structs.replace(wanted, revisions=tuple(commits), source_types=tuple(types))

    async def _tree(self, source: ApplicationSource, revision: str, project: str) -> Tree:
        if source.chart:
            return (await self._chart(source, revision, project))[0]
        mirror = self._repositories.mirror(source.repo_url, project)
        return await mirror.tree(revision, inner_path(source.path or "."))

    async def _chart(
        self, source: ApplicationSource, version: str, project: str
    ) -> tuple[Tree, str]:
        settings = self._settings_for(source, project)
        # What one project was let in to is not for others that were not.
        apart = f"/of-{project}" if settings.credentials and self._cache else ""
        return await chart_tree(
            source.repo_url,
            source.chart,
            version,
            cache=f"{self._cache}{apart}",
            settings=settings,
            pass_credentials=bool(source.helm and source.helm.pass_credentials),
        )

    def _settings_for(self, source: ApplicationSource, project: str) -> RenderSettings:
        credentials = self._credentials(source.repo_url, project)
        return msgspec.structs.replace(self._settings, credentials=credentials)


def checked(
    documents: Sequence[Document], place: Place, options: SyncOptions, *, revision: str = ""
) -> Wanted:
    """Return documents that were read already as what is wanted. Raises as ``read_targets``."""
    scopes = Scopes(place.discovery, documents)
    included, conditions = without_excluded(documents, place.excluded)
    usable, more = tolerated(included, place.namespace, scopes.is_namespaced)
    prepared = check_documents(
        usable,
        place.discovery,
        application=place.application,
        namespace=place.namespace,
        options=options,
        revision=revision,
        tracking=place.tracking,
    )
    return Wanted(prepared=prepared, conditions=(*conditions, *more))


def inline_documents(manifests: Sequence[str]) -> list[Document]:
    """Return the objects of ``operation.sync.manifests``. Raises ``ManifestError``."""
    found: list[Document] = []
    for number, text in enumerate(manifests):
        found += read_documents(text, f"operation.sync.manifests[{number}]")
    return found
