"""Load the manifests of a source: decide where to read, then render what lies there.

A path without a revision is read as it lies on the disk, uncommitted changes and all; with a
revision, and from any repository, only what was committed counts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

import msgspec

from tenter.errors import NoManifests, SourceError
from tenter.manifests import Document, Notice
from tenter.sources.directory import read_file
from tenter.sources.io_charts import fetch_chart
from tenter.sources.io_fetch import default_cache, fetch_commit, resolve_remote
from tenter.sources.io_files import LocalTree, exists, read_stream
from tenter.sources.io_repository import (
    CommitTree,
    LocalRepository,
    find_repository,
    head_commit,
    resolve_local,
    work_tree_status,
)
from tenter.sources.options import SourceOptions
from tenter.sources.rendering import (
    Complete,
    Rendered,
    RenderFacts,
    Rendering,
    Renderings,
    RenderSettings,
    SourceFacts,
    SourceType,
    render,
)
from tenter.sources.repositories import Repository, is_remote, read_repository
from tenter.sources.revisions import HEAD
from tenter.sources.source import (
    REVISION_SEPARATOR,
    STANDARD_INPUT,
    ChartSource,
    GitSource,
    Loaded,
    LocalSource,
    SeveralSources,
    Source,
)
from tenter.sources.tree import Tree, inner_path

_STANDARD_INPUT_NAME = "standard input"


class _Place(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A source that was found: its files, and what is known of it before they are rendered."""

    tree: Tree
    origin: str
    revision: str = ""
    facts: SourceFacts = SourceFacts()
    notices: tuple[Notice, ...] = ()
    work_tree: LocalRepository | None = None
    """The repository that the files lie in, where they are read as they lie on the disk."""


def source_of(
    address: str,
    *,
    revision: str = "",
    path: str = "",
    options: SourceOptions | None = None,
) -> Source:
    """Return the source that a user means by ``address``: a path, a repository, or ``-``.

    What exists on this machine is a path. ``path`` is the path within a repository; it makes a
    local address a repository too. Raises ``SourceError`` for addresses that are refused.
    """
    options = options or SourceOptions()
    if address == STANDARD_INPUT:
        if revision or path:
            raise SourceError("standard input has no revision and no path; leave them out")
        return LocalSource(path=address, options=options)
    if path or (is_remote(address) and not exists(address)):
        read_repository(address)
        return GitSource(
            repository=address, revision=revision or HEAD, path=path or ".", options=options
        )
    return LocalSource(path=address, revision=revision, options=options)


async def load(
    source: Source,
    *,
    cache: str | None = None,
    facts: RenderFacts | None = None,
    complete: Complete | None = None,
    settings: RenderSettings | None = None,
    kept: Renderings | None = None,
) -> Loaded:
    """Return what ``source`` holds, rendered.

    ``cache`` is the directory for fetched repositories and charts, by default the user's own.
    ``facts`` are what renderers are told of the application and its destination, to which
    ``complete`` adds what a cluster says where a renderer asks that. ``settings`` are what they
    may, and ``kept`` is where renderings are looked for before they are made.

    Raises ``SourceError`` for a path, repository or revision that is not there or is refused,
    ``RenderError`` for what does not render, ``ManifestError`` for manifests that cannot be read,
    and ``NoManifests`` where there are none.
    """
    loader = _Loader(
        cache or default_cache(),
        Rendering(
            facts=facts or RenderFacts(),
            complete=complete,
            settings=settings or RenderSettings(),
            kept=kept,
        ),
    )
    if isinstance(source, SeveralSources):
        return await loader.several(source)
    if isinstance(source, LocalSource) and source.path == STANDARD_INPUT:
        return await _load_standard_input()
    return await loader.one(source)


async def resolve(repository: str, revision: str) -> str:
    """Return the full commit that ``revision`` means in ``repository``.

    ``repository`` is a URL or a local path, ``revision`` as in ``GitSource``. Raises
    ``SourceError`` where either is not there or is refused.
    """
    address = _address(repository)
    if address.url:
        return await resolve_remote(address.url, revision)
    return await resolve_local(await _open(address.path), revision)


async def chart_tree(
    repository: str,
    chart: str,
    version: str,
    *,
    cache: str = "",
    settings: RenderSettings,
    pass_credentials: bool = False,
) -> tuple[Tree, str]:
    """Return the files of a chart, fetched if needed, and the version that it is.

    ``version`` may be a range. Raises ``SourceError``, and ``RenderError`` with Helm's own words.
    """
    fetched = await fetch_chart(
        repository,
        chart,
        version,
        cache=cache or default_cache(),
        settings=settings,
        pass_credentials=pass_credentials,
    )
    return LocalTree(fetched.folder, fetched.folder, called=chart), fetched.version


class _Loader:
    """Loads sources for one application."""

    def __init__(self, cache: str, rendering: Rendering) -> None:
        self._cache = cache
        self._rendering = rendering

    async def one(self, source: LocalSource | GitSource | ChartSource) -> Loaded:
        """Load a source that stands by itself."""
        return await self._render(source, await self._find(source), {})

    async def several(self, several: SeveralSources) -> Loaded:
        """Load all sources, of which some may only be there for the others' values files."""
        places = [await self._find(source) for source in several.sources]
        refs = {
            source.ref: place.tree
            for source, place in zip(several.sources, places, strict=True)
            if isinstance(source, GitSource) and source.ref
        }
        loaded = [
            await self._render(source, place, refs)
            for source, place in zip(several.sources, places, strict=True)
            if isinstance(source, ChartSource) or not source.only_referred_to
        ]
        if not loaded:
            raise NoManifests(
                "no manifests: every source has only a ref; give one of them a path or a chart"
            )
        return Loaded(
            documents=tuple(document for each in loaded for document in each.documents),
            revision=REVISION_SEPARATOR.join(place.revision for place in places),
            origin="; ".join(each.origin for each in loaded),
            notices=tuple(notice for each in loaded for notice in each.notices),
            types=tuple(kind for each in loaded for kind in each.types),
            rendered_by=tuple(by for each in loaded for by in each.rendered_by),
        )

    async def _find(self, source: LocalSource | GitSource | ChartSource) -> _Place:
        match source:
            case GitSource():
                return await _find_in_repository(source, self._cache)
            case ChartSource():
                return await self._find_chart(source)
            case _:
                return await _find_path(source)

    async def _find_chart(self, source: ChartSource) -> _Place:
        tree, version = await chart_tree(
            source.repository,
            source.chart,
            source.revision,
            cache=self._cache,
            settings=self._rendering.settings,
            pass_credentials=source.options.helm.pass_credentials,
        )
        return _Place(
            tree=tree,
            origin=f"chart {source.chart} {version} of {source.repository}",
            revision=version,
            facts=SourceFacts(
                repository=source.repository,
                target_revision=source.revision,
                revision=version,
            ),
        )

    async def _render(
        self,
        source: LocalSource | GitSource | ChartSource,
        place: _Place,
        refs: Mapping[str, Tree],
    ) -> Loaded:
        rendered = await render(
            place.tree,
            source.options,
            msgspec.structs.replace(self._rendering, source=place.facts, refs=refs),
        )
        revision, more = place.revision, list(place.notices)
        if isinstance(source, LocalSource) and place.work_tree is not None:
            repository = place.work_tree
            if rendered.type is not SourceType.DIRECTORY:
                # What was rendered may come from anywhere in the repository, as a base does.
                repository = msgspec.structs.replace(repository, prefix="")
            revision, told = await _revision_of(
                repository, place.work_tree.prefix, source.path, rendered.documents
            )
            more += told
        return _loaded(
            [*rendered.notices, *more],
            revision=revision,
            origin=place.origin,
            rendered=rendered,
        )


async def _load_standard_input() -> Loaded:
    content = await read_stream(0)
    documents = read_file(content, _STANDARD_INPUT_NAME, must_hold_objects=True)
    if not documents:
        raise NoManifests("holds no manifests", file=_STANDARD_INPUT_NAME)
    rendered = Rendered(type=SourceType.DIRECTORY, documents=tuple(documents))
    return _loaded([], revision="", origin=_STANDARD_INPUT_NAME, rendered=rendered)


async def _find_path(source: LocalSource) -> _Place:
    if not source.path:
        raise SourceError("the path is empty; give a directory, a file, or '-'")
    repository, unreadable = None, list[Notice]()
    if exists(source.path) or source.revision:
        repository, unreadable = await _find_git(source)
    if repository is not None and (source.revision or not repository.top):
        return _commit_place(
            repository,
            await resolve_local(repository, source.revision),
            repository.prefix,
            shown=source.path,
            revision=source.revision or HEAD,
        )
    boundary = repository.top if repository is not None else None
    return _Place(
        tree=LocalTree(source.path, boundary),
        origin=source.path,
        facts=SourceFacts(repository=source.path),
        notices=tuple(unreadable),
        work_tree=repository,
    )


async def _find_git(source: LocalSource) -> tuple[LocalRepository | None, list[Notice]]:
    try:
        repository = await find_repository(source.path)
    except SourceError as error:
        # Without a revision, Git is only asked which one it is: files can be read without it.
        if source.revision:
            raise
        return None, [Notice(f"this sync has no revision: {error}")]
    if repository is None and source.revision:
        raise SourceError(
            f"{source.path} is in no Git repository, so it has no revision {source.revision!r}; "
            "leave the revision out"
        )
    return repository, []


async def _revision_of(
    repository: LocalRepository, prefix: str, path: str, documents: Sequence[Document]
) -> tuple[str, list[Notice]]:
    """Return the commit that the files at ``path`` are of, if they are of one.

    ``prefix`` is where ``path`` lies in the repository, whose own tells where changes count.
    """
    commit = await head_commit(repository)
    if not commit:
        return "", []
    status = await work_tree_status(repository)
    read = sorted({document.origin.file for document in documents})
    ignored = [
        file
        for file in read
        if status.covers(posixpath.join(prefix, _inner(file, path)).rstrip("/"))
    ]
    if status.changed or ignored:
        differing = status.changed[0] if status.changed else ignored[0]
        return "", [
            Notice(
                f"{path} has uncommitted changes ({differing}), so this sync has no revision; "
                "commit them to have one"
            )
        ]
    return commit, []


def _inner(file: str, path: str) -> str:
    if path == ".":
        return file
    return file.removeprefix(path.rstrip("/")).lstrip("/")


async def _find_in_repository(source: GitSource, cache: str) -> _Place:
    inner = inner_path(source.path)
    address = _address(source.repository)
    if address.url:
        commit = await resolve_remote(address.url, source.revision)
        repository = await fetch_commit(address.url, commit, cache)
    else:
        repository = await _open(address.path)
        commit = await resolve_local(repository, source.revision)
        inner = posixpath.join(repository.prefix, inner) if inner else repository.prefix
    return _commit_place(
        repository,
        commit,
        inner,
        shown=source.repository,
        revision=source.revision,
    )


def _commit_place(
    repository: LocalRepository, commit: str, inner: str, *, shown: str, revision: str
) -> _Place:
    named = "" if commit.startswith(revision) else f"{revision}, "
    origin = f"{shown} at {named}{commit[:12]}"
    if inner and not shown.rstrip("/").endswith(inner):
        origin += f", path {inner}"
    return _Place(
        tree=CommitTree(repository, commit, inner, shown),
        origin=origin,
        revision=commit,
        facts=SourceFacts(
            repository=shown, path=inner or ".", target_revision=revision, revision=commit
        ),
    )


def _address(repository: str) -> Repository:
    if exists(repository):
        return Repository(path=repository)
    return read_repository(repository)


async def _open(path: str) -> LocalRepository:
    if not exists(path):
        raise SourceError(f"{path}: no such repository; check the path or give a URL")
    repository = await find_repository(path)
    if repository is None:
        raise SourceError(f"{path} is no Git repository; check the path")
    return repository


def _loaded(notices: Sequence[Notice], *, revision: str, origin: str, rendered: Rendered) -> Loaded:
    told = [notice for document in rendered.documents for notice in document.notices]
    return Loaded(
        documents=rendered.documents,
        revision=revision,
        origin=origin,
        notices=(*notices, *told),
        types=(rendered.type.value,),
        rendered_by=(rendered.program,) if rendered.program else (),
    )
