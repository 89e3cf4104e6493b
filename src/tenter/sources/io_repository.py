"""Read a Git repository of this machine without touching its working tree.

Files come from ``cat-file``, so that no checkout, filter, hook or submodule is ever involved, and
a repository whose working tree is being edited is read as it was committed. Symbolic links are
followed by Git itself, which never leaves the commit's tree.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tenter.errors import SourceError
from tenter.sources.git_objects import (
    Checked,
    Status,
    TreeEntry,
    read_checks,
    read_contents,
    read_status,
    read_tree,
)
from tenter.sources.io_git import GitError, run_git
from tenter.sources.revisions import HEAD, check_revision, find_ref, is_short_commit, read_refs
from tenter.sources.tree import MAX_FILE, Listing


class LocalRepository(msgspec.Struct, frozen=True):
    """A repository of this machine.

    ``git_directory`` is absolute. ``top`` is the absolute top of its working tree, empty for a
    bare one. ``prefix`` is where in it the path was that led here, empty for the top.
    """

    git_directory: str
    top: str = ""
    prefix: str = ""


async def find_repository(path: str) -> LocalRepository | None:
    """Return the repository that ``path``, or its nearest directory that exists, lies in.

    None where it lies in none. Raises ``SourceError`` where Git refuses it (another owner's).
    """
    real = _real(path)
    start = _nearest_directory(real)
    what = f"cannot read the repository of {path}"
    try:
        output = await run_git(
            ["rev-parse", "--absolute-git-dir", "--is-inside-work-tree"],
            what=what,
            directory=str(start),
        )
    except GitError as error:
        if "not a git repository" in error.complaint:
            return None
        raise
    directory, inside = output.decode(errors="surrogateescape").rstrip("\n").rsplit("\n", 1)
    if inside != "true":
        return LocalRepository(directory) if Path(directory) == start else None
    top = os.fsdecode(
        await run_git(["rev-parse", "--show-toplevel"], what=what, directory=str(start))
    ).rstrip("\n")
    return LocalRepository(directory, top, _relative(real, top))


def _real(path: str) -> Path:
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{path}: {error}") from error


def _nearest_directory(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())


def _relative(path: Path, top: str) -> str:
    prefix = path.relative_to(Path(top).resolve()).as_posix()
    return "" if prefix == "." else prefix


async def resolve_local(repository: LocalRepository, revision: str) -> str:
    """Return the commit that ``revision`` means there.

    Besides refs, version ranges and commits it may be what Git itself understands, such as
    ``origin/main`` or ``HEAD~1``. Raises ``SourceError`` where it means none.
    """
    check_revision(revision)
    refs = await _refs(repository)
    name = find_ref(refs, revision)
    if name is not None:
        return refs[name]
    what = f"no commit {revision or HEAD!r} in {repository.top or repository.git_directory}"
    if not revision or revision == HEAD:
        raise SourceError(f"{what}: it has no commits yet; commit first")
    try:
        output = await _git(
            repository,
            ["rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"],
            what=what,
        )
    except GitError as error:
        if is_short_commit(revision) and "ambiguous" in error.complaint:
            raise
        known = ", ".join(
            sorted(ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/"))
        )
        raise SourceError(
            f"{what} ({error.complaint}); its branches are: {known or 'none'}"
        ) from error
    return output.decode().strip()


async def head_commit(repository: LocalRepository) -> str:
    """Return the commit of HEAD, and the empty string where there is none yet."""
    return (await _refs(repository)).get(HEAD, "")


async def work_tree_status(repository: LocalRepository) -> Status:
    """Return what differs from HEAD under the repository's ``prefix``."""
    output = await run_git(
        [
            "status",
            "--porcelain",
            "-z",
            "--ignored",
            "--untracked-files=all",
            "--no-renames",
            "--ignore-submodules=all",
            "--",
            repository.prefix or ".",
        ],
        what=f"cannot read the state of {repository.top}",
        directory=repository.top,
    )
    return read_status(output)


class CommitTree:
    """The files at ``path`` of one commit, as a ``tree.Tree``.

    ``path`` has passed ``tree.inner_path``. ``shown`` is what the root is called in messages.
    """

    def __init__(self, repository: LocalRepository, commit: str, path: str, shown: str) -> None:
        self._repository = repository
        self._commit = commit
        self._path = path
        self._shown = shown
        self._root: Checked | None = None

    @property
    def prefix(self) -> str:
        """Where the root lies in the commit. See ``tree.Tree``."""
        return self._path

    @property
    def top(self) -> CommitTree:
        """The tree of the whole commit."""
        return CommitTree(self._repository, self._commit, "", self._shown)

    async def list(self, *, recurse: bool, under: str = "") -> Listing:
        """Return the files. See ``tree.Tree``."""
        root = await self._find_root()
        if root.type == "blob":
            return Listing(files=(posixpath.basename(self._path),), single=True)
        if under:
            (root,) = await self._check([under])
            if root.type != "tree":
                trouble = "is no directory" if root.type == "blob" else _trouble(root)
                raise SourceError(f"{self.name(under)}: {trouble}")
        output = await _git(
            self._repository,
            ["ls-tree", "-z", *(["-r"] if recurse else []), root.id],
            what=f"cannot list {self._shown}",
        )
        entries = [
            TreeEntry(entry.mode, entry.type, posixpath.join(under, entry.path))
            for entry in read_tree(output)
        ]
        links = [entry.path for entry in entries if entry.is_link]
        targets = dict(zip(links, await self._check(links), strict=True))
        linked = sorted(link for link in links if targets[link].type == "tree")
        left_out = set(linked)
        return Listing(
            files=tuple(
                sorted(
                    entry.path
                    for entry in entries
                    if entry.type == "blob" and entry.path not in left_out
                )
            ),
            linked=tuple(linked),
            modules=tuple(sorted(entry.path for entry in entries if entry.type == "commit")),
        )

    async def read(self, files: Sequence[str]) -> Sequence[bytes]:
        """Return the content of ``files``. See ``tree.Tree``."""
        root = await self._find_root()
        checks = [root] if root.type == "blob" and files else await self._check(files)
        for file, checked in zip(files, checks, strict=True):
            if checked.type != "blob":
                raise SourceError(f"{self.name(file)}: {_trouble(checked)}")
            if checked.size > MAX_FILE:
                raise SourceError(f"{self.name(file)} has more than {MAX_FILE} bytes; exclude it")
        if not checks:
            return []
        output = await _git(
            self._repository,
            ["cat-file", "--batch"],
            what=f"cannot read {self._shown}",
            given="".join(f"{checked.id}\n" for checked in checks).encode(),
        )
        return list(read_contents(output))

    def name(self, file: str) -> str:
        """Return the path of ``file`` in the repository; of the root what it is called."""
        if not file or (self._root is not None and self._root.type == "blob"):
            return self._path or self._shown
        return posixpath.normpath(posixpath.join(self._path, file))

    async def _find_root(self) -> Checked:
        if self._root is None:
            (root,) = await _checked(self._repository, [f"{self._commit}:{self._path}"])
            if root.type not in {"blob", "tree"}:
                raise SourceError(
                    f"{self._path or '.'} at {self._commit[:12]}: {_trouble(root)}; check the "
                    "path and the revision"
                )
            self._root = root
        return self._root

    async def _check(self, files: Sequence[str]) -> Sequence[Checked]:
        for file in files:
            if "\n" in file:
                raise SourceError(f"the path {file!r} holds a line break; rename or exclude it")
        return await _checked(
            self._repository,
            [f"{self._commit}:{self._within(file)}" for file in files],
        )

    def _within(self, file: str) -> str:
        path = posixpath.normpath(posixpath.join(self._path, file))
        if path == ".." or path.startswith(("../", "/")):
            raise SourceError(f"{path} is outside of the repository")
        return "" if path == "." else path


def _trouble(checked: Checked) -> str:
    match checked.type:
        case "symlink":
            return f"a symbolic link out of the repository, to {checked.target}; copy the file"
        case "dangling":
            return "a symbolic link to nothing; remove or exclude it"
        case "loop":
            return "a symbolic link that leads back to itself; remove or exclude it"
        case "tree":
            return "a directory, where a file was expected"
        case _:
            return "no such path in the repository"


async def _checked(repository: LocalRepository, names: Sequence[str]) -> Sequence[Checked]:
    if not names:
        return []
    output = await _git(
        repository,
        ["cat-file", "--batch-check", "--follow-symlinks"],
        what="cannot read the repository",
        given="".join(f"{name}\n" for name in names).encode(),
    )
    return list(read_checks(output))


async def _refs(repository: LocalRepository) -> dict[str, str]:
    try:
        output = await _git(
            repository, ["show-ref", "--head", "--dereference"], what="cannot list the refs"
        )
    except GitError as error:
        if error.code == 1 and not error.complaint:
            return {}
        raise
    return read_refs(output.decode(errors="replace"))


async def _git(
    repository: LocalRepository, arguments: Sequence[str], *, what: str, given: bytes = b""
) -> bytes:
    return await run_git(
        [f"--git-dir={repository.git_directory}", *arguments], what=what, given=given
    )
