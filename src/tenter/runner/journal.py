"""Where a running operation is saved, and where the user's wishes for it arrive.

The runner knows only this protocol: for applications of the CLI it is a Secret, for a controller
its own object. It also hands back what the place noticed: that someone asked for the end, or
approved the prunes, or took the operation over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec


class SavedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved: the record and the report, each encoded at the moment of saving.

    ``ended`` says that this is the operation's last word.
    """

    record: bytes
    report: bytes
    ended: bool = False


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """What to call when the place of saving shows a wish of the user's.

    ``terminate`` takes the reason, for the operation's message; ``retry_now`` has an attempt that
    is awaited begin at once. Each may be called more than once.
    """

    terminate: Callable[[str], None]
    confirm_pruning: Callable[[], None]
    retry_now: Callable[[], None]


class Journal(Protocol):
    """Saves one running operation, against conflicts."""

    async def save(self, saved: SavedOperation) -> None:
        """Save the operation; when it returns, a restart will find it.

        Raises ``StoodDown`` where another process runs the operation now, and any other
        ``TenterError`` where saving failed and may be tried again.
        """
        ...

    def listen(self, requests: Requests) -> None:
        """Tell ``requests`` of wishes from now on, and at once of those already there."""
        ...
