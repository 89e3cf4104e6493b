"""Where the server finds what containers printed: whoever runs them registers a source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class LogSource(Protocol):
    """Gives the log of one container, as the node that runs it keeps it."""

    def __call__(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        tail_lines: int | None = None,
        follow: bool = False,
        previous: bool = False,
        timestamps: bool = False,
        since: float | None = None,
    ) -> AsyncIterator[bytes]:
        """Yield what the container printed, whole lines or parts of them.

        ``tail_lines`` asks for the last lines alone, ``previous`` for the run before the last
        restart, ``since`` (Unix seconds) for what is newer. With ``follow`` it goes on until the
        container ends. Raises ``LookupError``, with a sentence for people, where there is no such
        log.
        """
        ...
