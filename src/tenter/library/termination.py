"""The wish to end a running operation, from the same process.

The caller keeps it and may ask at any time, before the operation began or twice. From another
process, ``tenter.terminate`` asks through the cluster.
"""

from __future__ import annotations

from collections.abc import Callable


class Termination:
    """A wish that can be made once; ``reason`` is empty until then."""

    def __init__(self) -> None:
        self.reason = ""
        self._listeners: list[Callable[[str], None]] = []

    def request(self, reason: str = "Operation terminated") -> None:
        """Ask for the end. Running hooks are stopped, finished ones keep their result."""
        if self.reason:
            return
        self.reason = reason
        for listener in self._listeners:
            listener(reason)

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with the reason when the end is asked for, at once if it was."""
        self._listeners.append(listener)
        if self.reason:
            listener(self.reason)
