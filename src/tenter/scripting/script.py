"""A health script, and what evaluates one."""

from __future__ import annotations

from typing import Protocol

import msgspec

from tenter.health import Health
from tenter.manifests import Manifest


class Script(msgspec.Struct, frozen=True):
    """A Lua health script.

    ``name`` is the file or the setting it came from, for messages. ``open_libraries`` gives it
    the pure libraries (string, math) beside the base, table and safe ``os`` ones.
    """

    name: str
    code: str
    open_libraries: bool = False


class Evaluator(Protocol):
    """Runs scripts, in this process or in one that can be killed."""

    async def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict on ``obj``, None where it returned nil.

        ``now`` is what the script's ``os.time()`` tells, in Unix seconds. Raises
        ``HealthCheckError`` where the script fails, takes too long or too much memory, or answers
        with anything but a table with a known ``status``.
        """
        ...

    def evaluate_now(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the same as ``evaluate``, waiting in the calling thread."""
        ...

    async def aclose(self) -> None:
        """End whatever runs for this evaluator."""
        ...
