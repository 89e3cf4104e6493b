"""What a worker is asked and answers: JSON in frames that begin with their length.

The length is four bytes, most significant first.
"""

from __future__ import annotations

import msgspec

from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.script import Script

LENGTH_BYTES = 4
LONGEST_ANSWER = 64 * 1024
"""Bytes of the longest answer a worker may give; a verdict's texts are far shorter."""

READY = b"ready\n"
"""What a worker says once, before it takes questions."""


class Question(msgspec.Struct, frozen=True, eq=False):
    """Run ``script`` on ``obj``; ``now`` is in Unix seconds."""

    script: Script
    obj: Manifest
    now: float


class Answer(msgspec.Struct, frozen=True):
    """The verdict, or why there is none; both empty where the script returned nil."""

    health: Health | None = None
    error: str = ""


def framed(content: Question | Answer) -> bytes:
    """Return ``content`` as a frame."""
    encoded = msgspec.json.encode(content)
    return len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded
