"""Where a manifest came from, and what its reader has to say about it.

Every document keeps its origin to the end, so that an error found much later (by the API server,
by a hook's annotations) can still name the file and line that the user has to change.
"""

from __future__ import annotations

import msgspec

from tenter.manifests.keys import Manifest


class Origin(msgspec.Struct, frozen=True, order=True):
    """A place in a file.

    ``file`` is the path as the user gave it, or within the repository; ``document`` counts from 1
    within the file, ``line`` from 1. None where it does not apply.
    """

    file: str
    document: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f":{self.line}"
        if self.document is not None:
            place += f" (document {self.document})"
        return place


class Notice(msgspec.Struct, frozen=True):
    """Something the user should know that stops nothing; ``origin`` is None for a whole source."""

    message: str
    origin: Origin | None = None

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


class Document(msgspec.Struct, frozen=True, eq=False):
    """One object of a file. Nothing in ``manifest`` is shared with another document."""

    manifest: Manifest
    origin: Origin
    notices: tuple[Notice, ...] = ()
