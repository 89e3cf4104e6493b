"""What the process that runs jq is asked and answers; apart, so that asking imports no jq."""

from __future__ import annotations

import msgspec

from tenter.diff.ignoring import Path


class PathsQuestion(msgspec.Struct, frozen=True, eq=False):
    """Asks which places of ``obj``, which is JSON, ``expressions`` name."""

    expressions: tuple[str, ...]
    obj: msgspec.Raw


class PathsAnswer(msgspec.Struct, frozen=True):
    """The places, or why there is no answer."""

    paths: tuple[Path, ...] = ()
    error: str = ""
