"""Read what Git's plumbing commands print: trees, object checks, object contents, status."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tenter.errors import SourceError


class TreeEntry(msgspec.Struct, frozen=True):
    """One line of ``git ls-tree``. ``type`` is blob, tree or commit (a submodule)."""

    mode: str
    type: str
    path: str

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == "120000"


def read_tree(output: bytes) -> list[TreeEntry]:
    """Return the entries in what ``git ls-tree -z`` prints.

    Raises ``SourceError`` for a path that is not UTF-8.
    """
    entries = []
    for record in output.split(b"\0"):
        if not record:
            continue
        facts, _, raw_path = record.partition(b"\t")
        try:
            path = raw_path.decode()
        except UnicodeDecodeError as error:
            raise SourceError(
                f"the path {raw_path!r} in the repository is not UTF-8; rename it"
            ) from error
        mode, kind, _ = facts.decode().split(" ", 2)
        entries.append(TreeEntry(mode, kind, path))
    return entries


class TreeIds(msgspec.Struct, frozen=True, eq=False):
    """The object ids of everything in one commit, by path; ``linked`` holds symbolic links."""

    ids: dict[str, str]
    linked: tuple[str, ...]

    def of(self, path: str) -> str:
        """Return an id that changes whenever anything at or below ``path`` does.

        Empty where there is nothing, or where a link may lead to what lies elsewhere.
        """
        if any(link == path or link.startswith(f"{path}/" if path else "") for link in self.linked):
            return ""
        return self.ids.get(path, "")


def read_tree_ids(output: bytes, root: str) -> TreeIds:
    """Return the ids in what ``git ls-tree -r -t -z`` prints; ``root`` is the whole tree's."""
    ids: dict[str, str] = {"": root}
    linked = []
    for record in output.split(b"\0"):
        facts, _, path = record.partition(b"\t")
        if path:
            mode, _, object_id = facts.decode().split(" ", 2)
            name = path.decode(errors="surrogateescape")
            ids[name] = object_id
            if mode == "120000":
                linked.append(name)
    return TreeIds(ids, tuple(linked))


class Checked(msgspec.Struct, frozen=True):
    """An answer of ``git cat-file --batch-check --follow-symlinks``.

    ``type`` is blob or tree, or ``missing``, or what is wrong with a symbolic link: ``dangling``,
    ``loop``, ``notdir``, or ``symlink`` for one that leaves the repository, to ``target``.
    """

    type: str
    id: str = ""
    size: int = 0
    target: str = ""


_BROKEN_LINKS = (b"dangling", b"loop", b"notdir", b"symlink")


def read_checks(output: bytes) -> Iterator[Checked]:
    """Yield the answers in the output of ``git cat-file --batch-check --follow-symlinks``."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        line = output[position:end]
        position = end + 1
        words = line.split(b" ")
        if len(words) == 2 and words[0] in _BROKEN_LINKS and words[1].isdigit():
            size = int(words[1])
            target = output[position : position + size].decode(errors="replace")
            position += size + 1
            yield Checked(words[0].decode(), target=target)
        elif len(words) == 3 and words[2].isdigit():
            yield Checked(words[1].decode(), words[0].decode(), int(words[2]))
        else:
            yield Checked("missing")


def read_contents(output: bytes) -> Iterator[bytes]:
    """Yield the contents in the output of ``git cat-file --batch``, asked for ids that exist."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        words = output[position:end].split(b" ")
        if len(words) != 3 or not words[2].isdigit():
            raise SourceError(
                f"the repository lacks an object: {output[position:end].decode(errors='replace')}; "
                "run 'git fsck' there"
            )
        size = int(words[2])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


class Status(msgspec.Struct, frozen=True):
    """Paths from the top of a working tree that differ from HEAD, and those that Git ignores."""

    changed: tuple[str, ...]
    ignored: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Tell whether ``path`` is ignored, itself or with its directory."""
        return any(
            path == ignored or (ignored.endswith("/") and path.startswith(ignored))
            for ignored in self.ignored
        )


def read_status(output: bytes) -> Status:
    """Read what ``git status --porcelain -z --ignored --no-renames`` prints."""
    changed: list[str] = []
    ignored: list[str] = []
    for record in output.decode(errors="surrogateescape").split("\0"):
        if record:
            (ignored if record.startswith("!!") else changed).append(record[3:])
    return Status(tuple(changed), tuple(ignored))
