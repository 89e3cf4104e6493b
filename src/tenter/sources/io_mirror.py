"""A bare clone of one remote repository, kept for as long as somebody reads from it.

Who looks at the remote learns where its refs are (one ``ls-remote``), and only where they moved
is anything fetched; those who ask at the same time share one look and one fetch. Commits are read
from the clone's object store, as everywhere in this package, and never checked out.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tenter.errors import SourceError
from tenter.sources.access import ANYBODY, GitAccess
from tenter.sources.git_objects import TreeIds, read_tree_ids
from tenter.sources.io_fetch import LIST_TIMEOUT, fetch_into, make_repository
from tenter.sources.io_git import GitError, run_git
from tenter.sources.io_repository import CommitTree, LocalRepository
from tenter.sources.revisions import (
    HEAD,
    check_revision,
    find_ref,
    is_full_commit,
    is_short_commit,
    read_refs,
)

Asked = Callable[[str, float, bool], None]
"""Told of a request to the remote: ``ls-remote`` or ``fetch``, its seconds, whether it failed."""


def _unheard(_kind: str, _seconds: float, _failed: bool) -> None:
    """Hear of a request, and do nothing."""


_BRANCHES = "+refs/heads/*:refs/heads/*"
_TAGS = "+refs/tags/*:refs/tags/*"
_KEPT_LISTINGS = 2
"""Commits whose listing is kept: the one that branches left, and the one that they reached."""


class Mirror:
    """The clone of the repository at ``url``, somewhere under the directory ``cache``.

    ``path`` is a repository of this machine in place of a URL, for who may use one. Each ``access``
    has a clone of its own: who may not read a repository must not read what others fetched.
    ``asked`` is told of each request.
    """

    def __init__(
        self,
        url: str,
        cache: str,
        *,
        path: str = "",
        access: GitAccess = ANYBODY,
        asked: Asked = _unheard,
    ) -> None:
        self.url = url or path
        self._address = url or f"file://{path}"
        self._access = access
        self._asked = asked
        digest = _digest(self._address, access)
        self._directory = Path(cache) / "mirrors" / digest
        self._refs: dict[str, str] = {}
        self._fetched: dict[str, str] = {}
        self._known: dict[str, None] = {}
        self._looked = False
        self._looking = asyncio.Lock()
        self._begun = 0
        self._succeeded = 0
        self._generation = 0
        self._fetching = asyncio.Lock()
        self._listing = asyncio.Lock()
        self._listed: dict[str, TreeIds] = {}

    async def look(self) -> bool:
        """Ask the remote where its refs are; tell whether any moved since the last look.

        Raises ``SourceError`` with Git's own words where it cannot be reached.
        """
        asked, known = self._begun, self._generation
        async with self._looking:
            # A look that began before this one was asked for may have missed what it is for.
            if self._succeeded <= asked:
                self._begun += 1
                began = self._begun
                await self._look()
                self._succeeded = began
        return self._generation != known

    async def resolve(self, revision: str) -> str:
        """Return the commit that ``revision`` means, as of the last look.

        The first time, and for a name that was not there, the remote is looked at. Raises
        ``SourceError`` where there is no such commit.
        """
        revision = revision or HEAD
        check_revision(revision)
        if is_full_commit(revision):
            return revision
        if not self._looked or not self._names(revision):
            await self.look()
        name = find_ref(self._refs, revision)
        if name is not None:
            return self._refs[name]
        if is_short_commit(revision):
            found = await self._short(revision)
            if found:
                return found
        if not self._refs:
            raise SourceError(f"the repository {self.url} has no commits yet; push some first")
        branches = sorted(
            ref.removeprefix("refs/heads/") for ref in self._refs if ref.startswith("refs/heads/")
        )
        raise SourceError(
            f"no branch, tag or commit {revision!r} in {self.url}; its branches are: "
            f"{', '.join(branches[:10]) or 'none'}"
        )

    async def tree(self, commit: str, path: str) -> CommitTree:
        """Return the files at ``path`` (as from ``inner_path``) of a full commit.

        Raises ``SourceError`` where the commit cannot be fetched.
        """
        await self._ensure(commit)
        return CommitTree(LocalRepository(str(self._directory)), commit, path, self.url)

    async def content_id(self, commit: str, path: str) -> str:
        """Return an id that differs between two commits where anything at ``path`` does.

        Empty where there is nothing, or where that cannot be told. One listing of a commit answers
        for all of its paths. Raises ``SourceError`` where the commit cannot be fetched.
        """
        await self._ensure(commit)
        async with self._listing:
            if commit not in self._listed:
                output = await run_git(
                    [f"--git-dir={self._directory}", "ls-tree", "-r", "-t", "-z", commit],
                    what=f"cannot list {commit[:12]} of {self.url}",
                )
                while len(self._listed) >= _KEPT_LISTINGS:
                    del self._listed[next(iter(self._listed))]
                self._listed[commit] = read_tree_ids(output, commit)
            return self._listed[commit].of(path)

    def _names(self, revision: str) -> bool:
        try:
            return find_ref(self._refs, revision) is not None
        except SourceError:
            return False  # a range without a tag in it: perhaps one was pushed

    async def _look(self) -> None:
        with self._timed("ls-remote"):
            listing = await run_git(
                ["ls-remote", "--quiet", "--end-of-options", self._address],
                what=f"cannot read the repository {self.url}",
                time_limit=LIST_TIMEOUT,
                protocols=self._protocols,
                access=self._access,
            )
        refs = read_refs(listing.decode(errors="replace"))
        if refs != self._refs:
            self._generation += 1
        self._refs, self._looked = refs, True

    async def _ensure(self, commit: str) -> None:
        if commit in self._known:
            return
        async with self._fetching:
            if commit not in self._known and not await self._has(commit):
                await self._fetch(commit)
            self._known[commit] = None

    async def _has(self, commit: str) -> bool:
        await self._make()
        try:
            await run_git(
                [f"--git-dir={self._directory}", "cat-file", "-e", f"{commit}^{{commit}}"],
                what="cannot look for a commit",
            )
        except GitError:
            return False
        return True

    async def _fetch(self, commit: str) -> None:
        if not self._looked or self._refs != self._fetched:
            await self._fetch_all()
            if await self._has(commit):
                return
        # No branch or tag leads to it any more; most servers give a commit by its id all the same.
        await self._fetch_into(
            f"{commit}:refs/tenter/{commit}", what=f"no commit {commit} in {self.url}"
        )

    async def _short(self, prefix: str) -> str:
        async with self._fetching:
            await self._make()
            if self._refs != self._fetched:
                await self._fetch_all()
        try:
            found = await run_git(
                [
                    f"--git-dir={self._directory}",
                    "rev-parse",
                    "--verify",
                    "--quiet",
                    "--end-of-options",
                    f"{prefix}^{{commit}}",
                ],
                what=f"no commit {prefix} in {self.url}",
            )
        except GitError as error:
            if "ambiguous" in error.complaint:
                raise
            return ""
        return found.decode().strip()

    async def _fetch_all(self) -> None:
        refs = dict(self._refs)
        await self._fetch_into(_BRANCHES, _TAGS, "--prune", what=f"cannot fetch {self.url}")
        self._fetched = refs

    async def _fetch_into(self, *arguments: str, what: str) -> None:
        with self._timed("fetch"):
            await fetch_into(
                self._directory,
                self._address,
                *arguments,
                what=what,
                protocols=self._protocols,
                access=self._access,
            )

    @contextlib.contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        began, failed = loop.time(), True
        try:
            yield
            failed = False
        finally:
            self._asked(kind, loop.time() - began, failed)

    async def _make(self) -> None:
        if not await asyncio.to_thread((self._directory / "HEAD").is_file):
            await asyncio.to_thread(self._directory.mkdir, parents=True, exist_ok=True, mode=0o700)
            await make_repository(self._directory)

    @property
    def _protocols(self) -> str:
        scheme, separator, _ = self._address.partition("://")
        return scheme.lower() if separator else "ssh"


def _digest(address: str, access: GitAccess) -> str:
    """Return the name of a clone, from which no password can be guessed in reasonable time."""
    if access == ANYBODY:
        return hashlib.sha256(address.encode()).hexdigest()[:24]
    proof = msgspec.json.encode(access)
    return hashlib.scrypt(proof, salt=address.encode(), n=4096, r=8, p=1, dklen=12).hex()
