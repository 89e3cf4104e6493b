"""Read directories, files and standard input of this machine.

Disks may be slow (a network mount), so the work is done in a thread; standard input may never end,
so its thread is one that the program need not wait for when it leaves.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

from tenter.errors import SourceError
from tenter.sources.tree import MAX_FILE, Listing

_CHUNK = 1 << 16


class LocalTree:
    """A directory or file of this machine, as a ``tree.Tree``.

    ``path`` is as the user gave it. Symbolic links may point anywhere within ``boundary``, which
    is ``path`` itself unless given (the top of a Git working tree). ``seen_from`` is the path by
    which the user came to a tree that lies above it, and ``called`` the name of a tree whose place
    is none of theirs.
    """

    def __init__(
        self, path: str, boundary: str | None = None, *, seen_from: str = "", called: str = ""
    ) -> None:
        self._path = path
        self._root = Path(path)
        self._boundary = boundary
        self._seen_from = seen_from
        self._called = called
        self._viewpoint = str(Path(seen_from).resolve()) if seen_from else ""

    @property
    def prefix(self) -> str:
        """Where the root lies in its repository. See ``tree.Tree``."""
        relative = os.path.relpath(self._root.resolve(), self._top())
        return "" if relative == "." else relative

    @property
    def top(self) -> LocalTree:
        """The tree of the whole repository; outside of Git, of the folder worked in."""
        top = str(self._top())
        return LocalTree(top, top, seen_from=self._seen_from or self._path, called=self._called)

    def _top(self) -> Path:
        if self._boundary is not None:
            return Path(self._boundary).resolve()
        # Without a repository to say what belongs together, the folder that the user works in may:
        # an overlay below it can then have its base beside it.
        root, here = self._root.resolve(), Path.cwd()
        if root.is_relative_to(here):
            return here
        return root.parent if root.is_file() else root

    async def list(self, *, recurse: bool, under: str = "") -> Listing:
        """Return the files; ``.git`` directories are left out. See ``tree.Tree``."""
        return await asyncio.to_thread(self._list, recurse, under)

    async def read(self, files: Sequence[str]) -> Sequence[bytes]:
        """Return the content of ``files``. See ``tree.Tree``."""
        return await asyncio.to_thread(self._read_all, files)

    def name(self, file: str) -> str:
        """Return the path to ``file``, starting as the user gave it."""
        if self._called:
            return posixpath.normpath(posixpath.join(self._called, file))
        if self._seen_from:
            way = os.path.relpath(posixpath.join(self._path, file), self._viewpoint)
            return posixpath.normpath(posixpath.join(self._seen_from, way))
        if not file or self._root.is_file():
            return self._path
        return f"{self._path.rstrip('/')}/{file}" if self._path != "." else file

    def _list(self, recurse: bool, under: str) -> Listing:
        try:
            mode = (self._root / under).stat().st_mode
        except OSError as error:
            raise SourceError(f"{self.name(under)}: {_reason(error)}; check the path") from error
        if stat.S_ISREG(mode) and not under:
            return Listing(files=(self._root.name,), single=True)
        if not stat.S_ISDIR(mode):
            raise SourceError(f"{self.name(under)} is neither a directory nor a file")
        if under:
            real, boundary = (self._root / under).resolve(), Path(self._boundary or self._top())
            if not real.is_relative_to(boundary.resolve()):
                raise SourceError(f"{self.name(under)} is {real}, outside of {boundary}")
        files: list[str] = []
        linked: list[str] = []
        pending = [under]
        while pending:
            inner = pending.pop()
            try:
                entries = list(os.scandir(self._root / inner))
            except OSError as error:
                raise SourceError(f"{self.name(inner)}: {_reason(error)}") from error
            for entry in entries:
                path = f"{inner}/{entry.name}" if inner else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if recurse and entry.name != ".git":
                        pending.append(path)
                elif entry.is_symlink() and Path(entry.path).is_dir():
                    linked.append(path)
                else:
                    files.append(path)
        return Listing(files=tuple(sorted(files)), linked=tuple(sorted(linked)))

    def _read_all(self, files: Sequence[str]) -> Sequence[bytes]:
        if not files:
            return []
        if self._root.is_file():
            return [self._read(self._root, self._path, None)]
        boundary = Path(self._boundary or self._path).resolve()
        return [self._read(self._root / file, self.name(file), boundary) for file in files]

    @staticmethod
    def _read(path: Path, name: str, boundary: Path | None) -> bytes:
        try:
            real = path.resolve(strict=True)
            if boundary is not None and not real.is_relative_to(boundary):
                raise SourceError(
                    f"{name} is a symbolic link to {real}, outside of {boundary}; copy the file"
                )
            status = real.stat()
            if not stat.S_ISREG(status.st_mode):
                raise SourceError(f"{name} is not a regular file; remove or exclude it")
            if status.st_size > MAX_FILE:
                raise SourceError(f"{name} has more than {MAX_FILE} bytes; exclude it")
            return real.read_bytes()
        except (OSError, RuntimeError) as error:
            # Path.resolve raises RuntimeError for a loop of links before Python 3.13.
            raise SourceError(f"{name}: {_reason(error)}") from error


async def read_stream(descriptor: int) -> bytes:
    """Return all that can be read from a file descriptor, such as 0 for standard input.

    Raises ``SourceError`` where it cannot be read, or gives more than ``MAX_FILE`` bytes.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def settle(content: bytes, error: OSError | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(content)
        else:
            answer.set_exception(SourceError(f"standard input: {_reason(error)}"))

    def work() -> None:
        content, error = bytearray(), None
        try:
            while len(content) <= MAX_FILE and (chunk := os.read(descriptor, _CHUNK)):
                content += chunk
        except OSError as failure:
            error = failure
        # The loop is gone if the program was interrupted meanwhile; then nobody asks any more.
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, bytes(content), error)

    threading.Thread(target=work, name="read-standard-input", daemon=True).start()
    content = await answer
    if len(content) > MAX_FILE:
        raise SourceError(f"standard input gives more than {MAX_FILE} bytes")
    return content


def exists(path: str) -> bool:
    """Tell whether ``path`` is there, a broken symbolic link included."""
    return os.path.lexists(path)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or directory"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
