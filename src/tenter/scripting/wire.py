"""What a worker is asked and answers: JSON in frames that begin with their length.

The length is four bytes, most significant first.
"""

from __future__ import annotations

import msgspec

from tenter.errors import HealthCheckError
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


def framed(content: msgspec.Struct) -> bytes:
    """Return ``content`` as a frame."""
    encoded = msgspec.json.encode(content)
    return len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded


def question_frame(script: Script, obj: Manifest, now: float) -> bytes:
    """Return the frame that asks for ``script``'s verdict on ``obj``.

    Raises ``HealthCheckError`` for an object that is no JSON.
    """
    try:
        return framed(Question(script, obj, now))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise HealthCheckError(
            f"health check {script.name} cannot be given its object: {error}"
        ) from error


def verdict(answer: Answer) -> Health | None:
    """Return what ``answer`` says; raises its error as ``HealthCheckError``."""
    if answer.error:
        raise HealthCheckError(answer.error)
    return answer.health
