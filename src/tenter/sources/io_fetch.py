"""Fetch one commit of a remote repository, once, into a cache.

Each commit lies in a bare repository of its own, which is made under another name and then renamed:
a fetch that is interrupted leaves no half repository behind, and two programs need no lock. Only
that commit's own files are fetched, without the history. The cache keeps the last few commits of
each repository.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from tenter.errors import SourceError
from tenter.sources.access import ANYBODY, GitAccess
from tenter.sources.io_git import GitError, run_git
from tenter.sources.io_repository import LocalRepository
from tenter.sources.revisions import (
    check_revision,
    find_ref,
    is_full_commit,
    is_short_commit,
    only_commit,
    read_refs,
)

FETCH_TIMEOUT = 300.0
"""Seconds for one fetch."""
LIST_TIMEOUT = 60.0
"""Seconds for asking a server for its refs."""

_KEPT = 5
_PARTIAL = "partial-"


def default_cache() -> str:
    """Return the user's own cache directory for Tenter (XDG Base Directory Specification)."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "")
    if not base.is_absolute():
        base = Path.home() / ".cache"
    return str(base / "tenter")


async def resolve_remote(url: str, revision: str) -> str:
    """Return the commit that ``revision`` means in the repository at ``url``.

    A full commit is taken at its word; fetching it will tell. Raises ``SourceError`` with Git's
    own message for a repository that cannot be reached, and where the revision means no commit.
    """
    check_revision(revision)
    if is_full_commit(revision):
        return revision
    listing = await run_git(
        ["ls-remote", "--quiet", "--end-of-options", url],
        what=f"cannot read the repository {url}",
        time_limit=LIST_TIMEOUT,
        protocols=_protocols(url),
    )
    refs = read_refs(listing.decode(errors="replace"))
    name = find_ref(refs, revision)
    if name is not None:
        return refs[name]
    if is_short_commit(revision):
        commit = only_commit(list(refs.values()), revision) or await _find_in_history(url, revision)
        if commit is not None:
            return commit
    if not refs:
        raise SourceError(f"the repository {url} has no commits yet; push some first")
    known = sorted(ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/"))
    raise SourceError(
        f"no branch, tag or commit {revision!r} in {url}; its branches are: "
        f"{', '.join(known[:10]) or 'none'}"
    )


async def fetch_commit(url: str, commit: str, cache: str) -> LocalRepository:
    """Return a repository of this machine that holds ``commit`` of ``url``, fetched if needed.

    ``cache`` is a directory, made where it is missing. Raises ``SourceError`` with Git's own
    message where the commit cannot be had.
    """
    shelf = Path(cache) / "git" / hashlib.sha256(url.encode()).hexdigest()[:24]
    place = shelf / commit
    if not await asyncio.to_thread(_touch, place):
        partial = await asyncio.to_thread(_new_partial, shelf)
        try:
            await _fetch(url, commit, partial)
            await asyncio.to_thread(_keep, partial, place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        await asyncio.to_thread(_tidy, shelf)
    return LocalRepository(str(place))


async def _fetch(url: str, commit: str, directory: Path) -> None:
    await make_repository(directory)
    what = f"cannot fetch {commit[:12]} of {url}"
    try:
        await fetch_into(directory, url, f"{commit}:refs/heads/tenter", "--depth=1", what=what)
    except GitError as error:
        # An old server gives only what a ref points to, never a commit by its id.
        if "unadvertised object" not in error.complaint:
            raise
        await fetch_into(directory, url, "+refs/*:refs/*", what=what)
        await run_git(
            [
                f"--git-dir={directory}",
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{commit}^{{commit}}",
            ],
            what=f"no commit {commit} in {url}",
        )


async def _find_in_history(url: str, prefix: str) -> str | None:
    """Look for a commit by its first digits among all commits, fetched without their files."""
    directory = await asyncio.to_thread(tempfile.mkdtemp, prefix="tenter-git-")
    try:
        await make_repository(Path(directory))
        await run_git(
            [f"--git-dir={directory}", "config", "remote.origin.url", url],
            what="cannot prepare a repository",
        )
        await fetch_into(
            Path(directory),
            "origin",
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
            "--filter=tree:0",
            what=f"cannot look for the commit {prefix} in {url}",
            protocols=_protocols(url),
        )
        commits = await run_git(
            [f"--git-dir={directory}", "rev-list", "--all"], what=f"cannot list commits of {url}"
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return only_commit(commits.decode().split(), prefix)


async def make_repository(directory: Path) -> None:
    """Make a bare repository, without anybody's template."""
    await run_git(
        ["init", "--bare", "--quiet", "--template=", str(directory)],
        what=f"cannot make a repository in {directory}",
    )


async def fetch_into(
    directory: Path,
    url: str,
    *arguments: str,
    what: str,
    protocols: str = "",
    access: GitAccess = ANYBODY,
) -> None:
    """Fetch refs of ``url`` into the repository in ``directory``.

    ``arguments`` are refspecs and further options of ``git fetch``. Raises ``GitError``, which
    begins with ``what``.
    """
    await run_git(
        [
            f"--git-dir={directory}",
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            *(argument for argument in arguments if argument.startswith("--")),
            "--end-of-options",
            url,
            *(argument for argument in arguments if not argument.startswith("--")),
        ],
        what=what,
        time_limit=FETCH_TIMEOUT,
        protocols=protocols or _protocols(url),
        access=access,
    )


def _protocols(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else "ssh"


def _touch(place: Path) -> bool:
    """Mark a kept commit as used just now, so that it is kept longer; False where it is not."""
    try:
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def _new_partial(shelf: Path) -> Path:
    try:
        shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=shelf))
    except OSError as error:
        raise SourceError(
            f"cannot write to the cache {shelf}: {error.strerror}; give another cache directory"
        ) from error


def _keep(partial: Path, place: Path) -> None:
    try:
        partial.rename(place)
    except OSError:
        # Another program fetched the same commit meanwhile: one is as good as the other.
        if not place.is_dir():
            raise


def _tidy(shelf: Path) -> None:
    """Keep the commits used last, and as many half fetches: those may still be running."""
    for half in (True, False):
        places = [p for p in shelf.iterdir() if p.name.startswith(_PARTIAL) is half]
        places.sort(key=_last_used, reverse=True)
        for place in places[_KEPT:]:
            shutil.rmtree(place, ignore_errors=True)


def _last_used(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0
