"""Which commit a revision means, given a repository's refs.

A name that is both a branch and a tag is the branch, as in Argo CD (Git itself would say the tag).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenter.errors import SourceError
from tenter.sources.versions import highest_in_range, is_range

HEAD = "HEAD"

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{4,63}")
_HEADS = "refs/heads/"
_TAGS = "refs/tags/"


def read_refs(listing: str) -> dict[str, str]:
    """Return the commit of each ref in what ``git ls-remote`` or ``git show-ref`` prints.

    An annotated tag gives the commit it points to (the ``^{}`` line), not the tag object.
    """
    refs: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listing.splitlines():
        commit, _, name = line.replace("\t", " ").partition(" ")
        if name.endswith("^{}"):
            peeled[name.removesuffix("^{}")] = commit
        elif name:
            refs[name] = commit
    return refs | peeled


def find_ref(refs: Mapping[str, str], revision: str) -> str | None:
    """Return the ref in ``refs`` that ``revision`` names, by name or as a range of version tags.

    None where there is none. Raises ``SourceError`` for a range that no tag is in.
    """
    revision = revision or HEAD
    for name in (revision, _HEADS + revision, _TAGS + revision):
        if name in refs:
            return name
    if is_full_commit(revision) or not is_range(revision):
        return None
    tags = [name.removeprefix(_TAGS) for name in refs if name.startswith(_TAGS)]
    tag = highest_in_range(tags, revision)
    if tag is None:
        shown = ", ".join(sorted(tags)[-5:]) or "none"
        raise SourceError(
            f"no tag is a version in the range {revision!r} (tags: {shown}); change the range"
        )
    return _TAGS + tag


def is_full_commit(revision: str) -> bool:
    """Tell whether ``revision`` is written as a whole commit id."""
    return _FULL.fullmatch(revision) is not None


def is_short_commit(revision: str) -> bool:
    """Tell whether ``revision`` could be the first digits of a commit id."""
    return _SHORT.fullmatch(revision) is not None and not is_full_commit(revision)


def only_commit(commits: list[str], prefix: str) -> str | None:
    """Return the one commit that starts with ``prefix``; None where there is none.

    Raises ``SourceError`` where there are several.
    """
    found = sorted({commit for commit in commits if commit.startswith(prefix)})
    if len(found) > 1:
        raise SourceError(
            f"{prefix} could be {len(found)} commits ({', '.join(c[:12] for c in found[:5])}); "
            "give more of its digits"
        )
    return found[0] if found else None


def check_revision(revision: str) -> None:
    """Refuse a revision that Git would take for an option, or that cannot be one.

    Raises ``SourceError``.
    """
    if revision.startswith("-"):
        raise SourceError(f"the revision {revision!r} starts with '-', as an option does")
    if any(character < " " or character == "\x7f" for character in revision):
        raise SourceError(f"the revision {revision!r} holds control characters; remove them")
