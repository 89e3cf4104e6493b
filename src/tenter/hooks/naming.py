"""The name of a hook that has only a ``generateName``.

It is computed, not left to the API server: a restart must find the object that it may have created
before the crash.
"""

from __future__ import annotations

import re

MAX_NAME = 63
REVISION_LENGTH = 7

_UNFIT = re.compile(r"[^a-z0-9-]")


def hook_name(prefix: str, revision: str, phase: str, started: int) -> str:
    """Return ``prefix`` + first 7 of ``revision`` + ``-phase-started``, within 63 characters.

    ``started`` is the attempt's start in Unix seconds. A long prefix is cut, never the rest. What
    a name cannot hold everywhere is replaced by ``-``: a chart's version may be ``1.2.0+ab``.
    """
    revision = _UNFIT.sub("-", revision[:REVISION_LENGTH].lower())
    tail = f"{revision}-{phase.lower()}-{started}"
    return prefix[: MAX_NAME - len(tail)] + tail
