"""Which states of an object are at least as new as our own last word on it (the settle guard).

After a write, a watch may still deliver states from before it: a Job that looks complete because
the stream shows its predecessor, a Deployment that looks healthy because its controller has not
yet seen the change. Judging those would be wrong, and waiting a fixed time for them to pass, as
the reference does, is slow and still a guess. Resource versions may only be compared for equality,
so "newer" is read off the stream: a watch delivers an object's states in order, hence everything
before the state that our write answered with is older, and everything after it is newer.

A stream may be ahead of an answer, so what passes while a request is in flight is remembered and
told only when the answer has been placed in it. A live GET is placed the same way as a write. This
module only keeps that book; it sends nothing, and knows neither clocks nor the engine.
"""

from __future__ import annotations

import enum
from typing import Final

from tenter.manifests import Key

_DELETED: Final = "(deleted)"


class Placed(enum.Enum):
    """Where an answer lies in its object's stream."""

    CAUGHT_UP = "caught up"
    """The stream has shown it: the present state of the local copy may be told."""
    BEHIND = "behind"
    """The stream has yet to show it: states are held back until it does."""


class _Book:
    """One object: requests in flight, states that passed meanwhile, and the state awaited."""

    __slots__ = ("awaited", "flights", "passed")

    def __init__(self) -> None:
        self.flights = 0
        self.passed: dict[tuple[str, str], None] = {}
        self.awaited: tuple[str, str] | None = None


class Freshness:
    """Decides, for each key, which states of the stream may be told."""

    def __init__(self) -> None:
        self._books: dict[Key, _Book] = {}

    def depart(self, key: Key, uid: str = "", version: str = "") -> None:
        """Note that a request on ``key`` is under way.

        ``uid`` and ``version`` are those of the local copy now; empty where there is none.
        """
        book = self._books.setdefault(key, _Book())
        if not book.flights:
            book.passed = {(uid, version): None}
        book.flights += 1

    def admits(self, key: Key, uid: str, version: str) -> bool:
        """Tell whether this state from the stream may be told now, and note that it passed."""
        book = self._books.get(key)
        if book is None:
            return True
        if book.flights:
            book.passed[uid, version] = None
            return False
        if book.awaited is not None and (uid, version) != book.awaited:
            return False
        del self._books[key]
        return True

    def admits_deletion(self, key: Key, uid: str) -> bool:
        """Tell whether the end of the object ``uid`` may be told now, and note that it passed."""
        book = self._books.get(key)
        if book is None:
            return True
        if book.flights:
            book.passed[uid, _DELETED] = None
            return False
        # Only the awaited object's own end is newer than what is awaited of it.
        if book.awaited is not None and uid != book.awaited[0]:
            return False
        del self._books[key]
        return True

    def answered(self, key: Key, uid: str, version: str) -> Placed:
        """Place the answer to a write or a GET, which showed the object in this state."""
        return self._land(key, (uid, version))

    def vanished(self, key: Key, uid: str) -> Placed:
        """Place an answer that said the object is gone.

        ``uid`` is the one that the local copy still shows; empty where it shows none either.
        """
        if not uid:
            self._books[key].awaited = None
            return self._land(key, None)
        return self._land(key, (uid, _DELETED))

    def unanswered(self, key: Key) -> Placed:
        """Note that a request on ``key`` ended without telling a state."""
        return self._land(key, None)

    def held(self) -> tuple[Key, ...]:
        """Return the keys whose states are held back until the stream has caught up."""
        return tuple(key for key, book in self._books.items() if not book.flights)

    def holds(self, key: Key) -> bool:
        """Tell whether states of ``key`` are held back now."""
        return key in self._books

    def _land(self, key: Key, state: tuple[str, str] | None) -> Placed:
        book = self._books[key]
        book.flights -= 1
        awaited = state or book.awaited
        if awaited is not None and (
            awaited in book.passed or (awaited[0], _DELETED) in book.passed
        ):
            awaited = None
        book.awaited = awaited
        if book.flights:
            return Placed.BEHIND
        if awaited is None:
            del self._books[key]
            return Placed.CAUGHT_UP
        return Placed.BEHIND
