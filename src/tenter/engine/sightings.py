"""What the engine knows of a live object: a digest, not the object.

The runner makes a sighting from each state it sees (a watch event, a live GET, a write's own
answer) and has health judged there; the engine never sees a live object itself.
"""

from __future__ import annotations

import msgspec

from tenter.health import Health
from tenter.manifests import Key


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One state of one live object.

    ``version`` is its resourceVersion, compared for equality only. ``health`` is None for a kind
    without a check. ``provisional`` says that the verdict must stand for a while before it counts
    (the settle guard). ``attempt`` is the object's ``tenter.dev/attempt`` annotation. ``deleting``
    says that it has a deletionTimestamp; ``active`` that work goes on under it (a Pod of the Job
    still runs) and that its grace period has not passed. ``finalizer`` says that it still holds
    the hook finalizer. ``created_at`` is since when it is there by the server's clock (Unix
    seconds), 0 where that does not matter or is not told.
    """

    key: Key
    uid: str
    version: str
    health: Health | None = None
    provisional: bool = False
    deleting: bool = False
    active: bool = False
    finalizer: bool = False
    attempt: str = ""
    created_at: float = 0.0
