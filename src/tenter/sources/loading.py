"""Load the manifests of a source: decide where to read, then read.

A path without a revision is read as it lies on the disk, uncommitted changes and all; with a
revision, and from any repository, only what was committed counts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from tenter.errors import NoManifests, SourceError
from tenter.manifests import Document, Notice
from tenter.sources.directory import read_directory, read_file
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
from tenter.sources.repositories import Repository, is_remote, read_repository
from tenter.sources.revisions import HEAD
from tenter.sources.source import (
    STANDARD_INPUT,
    DirectoryOptions,
    GitSource,
    Loaded,
    LocalSource,
    Source,
)
from tenter.sources.tree import inner_path

_STANDARD_INPUT_NAME = "standard input"


def source_of(
    address: str,
    *,
    revision: str = "",
    path: str = "",
    directory: DirectoryOptions | None = None,
) -> Source:
    """Return the source that a user means by ``address``: a path, a repository, or ``-``.

    What exists on this machine is a path. ``path`` is the path within a repository; it makes a
    local address a repository too. Raises ``SourceError`` for addresses that are refused.
    """
    options = directory or DirectoryOptions()
    if address == STANDARD_INPUT:
        if revision or path:
            raise SourceError("standard input has no revision and no path; leave them out")
        return LocalSource(path=address, directory=options)
    if path or (is_remote(address) and not exists(address)):
        read_repository(address)
        return GitSource(
            repository=address, revision=revision or HEAD, path=path or ".", directory=options
        )
    return LocalSource(path=address, revision=revision, directory=options)


async def load(source: Source, *, cache: str | None = None) -> Loaded:
    """Return what ``source`` holds.

    ``cache`` is the directory for fetched repositories, by default the user's own. Raises
    ``SourceError`` for a path, repository or revision that is not there or is refused,
    ``RenderError`` for what needs a renderer, ``ManifestError`` for manifests that cannot be read,
    and ``NoManifests`` where there are none.
    """
    if isinstance(source, GitSource):
        return await _load_repository(source, cache or default_cache())
    if source.path == STANDARD_INPUT:
        return await _load_standard_input()
    return await _load_path(source)


async def resolve(repository: str, revision: str) -> str:
    """Return the full commit that ``revision`` means in ``repository``.

    ``repository`` is a URL or a local path, ``revision`` as in ``GitSource``. Raises
    ``SourceError`` where either is not there or is refused.
    """
    address = _address(repository)
    if address.url:
        return await resolve_remote(address.url, revision)
    return await resolve_local(await _open(address.path), revision)


async def _load_standard_input() -> Loaded:
    content = await read_stream(0)
    documents = read_file(content, _STANDARD_INPUT_NAME, must_hold_objects=True)
    if not documents:
        raise NoManifests("holds no manifests", file=_STANDARD_INPUT_NAME)
    return _loaded(documents, [], revision="", origin=_STANDARD_INPUT_NAME)


async def _load_path(source: LocalSource) -> Loaded:
    if not source.path:
        raise SourceError("the path is empty; give a directory, a file, or '-'")
    repository, unreadable = None, list[Notice]()
    if exists(source.path) or source.revision:
        repository, unreadable = await _find(source)
    if repository is not None and (source.revision or not repository.top):
        return await _load_commit(
            repository,
            await resolve_local(repository, source.revision),
            repository.prefix,
            shown=source.path,
            revision=source.revision or HEAD,
            options=source.directory,
        )
    boundary = repository.top if repository is not None else None
    documents, notices = await read_directory(LocalTree(source.path, boundary), source.directory)
    notices += unreadable
    revision = ""
    if repository is not None:
        revision, more = await _revision_of(repository, source.path, documents)
        notices += more
    return _loaded(documents, notices, revision=revision, origin=source.path)


async def _find(source: LocalSource) -> tuple[LocalRepository | None, list[Notice]]:
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
    repository: LocalRepository, path: str, documents: Sequence[Document]
) -> tuple[str, list[Notice]]:
    """Return the commit that the files at ``path`` are of, if they are of one."""
    commit = await head_commit(repository)
    if not commit:
        return "", []
    status = await work_tree_status(repository)
    read = sorted({document.origin.file for document in documents})
    ignored = [
        file
        for file in read
        if status.covers(posixpath.join(repository.prefix, _inner(file, path)).rstrip("/"))
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


async def _load_repository(source: GitSource, cache: str) -> Loaded:
    inner = inner_path(source.path)
    address = _address(source.repository)
    if address.url:
        commit = await resolve_remote(address.url, source.revision)
        repository = await fetch_commit(address.url, commit, cache)
    else:
        repository = await _open(address.path)
        commit = await resolve_local(repository, source.revision)
        inner = posixpath.join(repository.prefix, inner) if inner else repository.prefix
    return await _load_commit(
        repository,
        commit,
        inner,
        shown=source.repository,
        revision=source.revision,
        options=source.directory,
    )


async def _load_commit(
    repository: LocalRepository,
    commit: str,
    inner: str,
    *,
    shown: str,
    revision: str,
    options: DirectoryOptions,
) -> Loaded:
    tree = CommitTree(repository, commit, inner, shown)
    documents, notices = await read_directory(tree, options)
    named = "" if commit.startswith(revision) else f"{revision}, "
    origin = f"{shown} at {named}{commit[:12]}"
    if inner and not shown.rstrip("/").endswith(inner):
        origin += f", path {inner}"
    return _loaded(documents, notices, revision=commit, origin=origin)


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


def _loaded(
    documents: Sequence[Document], notices: Sequence[Notice], *, revision: str, origin: str
) -> Loaded:
    told = [notice for document in documents for notice in document.notices]
    return Loaded(
        documents=tuple(documents),
        revision=revision,
        origin=origin,
        notices=(*notices, *told),
    )
