"""One Application while the controller looks after it: what is kept in memory between two looks.

Nothing here must be kept: a controller that starts anew finds all of it again, in the cluster and
in Git. What must outlive it is in the Application's status and its SyncRuns.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from tenter.controller.comparison import Comparing, Comparison
from tenter.controller.wanted import Wanted
from tenter.controller.writing import ApplicationObject
from tenter.manifests import Key


@dataclass(slots=True)
class ManagedApplication:
    """``key`` is the Application's, ``object`` what is known and written of it.

    ``wanted`` is what was read for ``question``; ``comparing`` is for the destination ``place``.
    ``due`` says that a full comparison is owed, which is told by ``reconciledAt``: an operation has
    ended. ``moved`` says that Git has moved since a deletion was last told. ``told`` is what
    an observer has logged last.
    """

    key: Key
    object: ApplicationObject
    question: Hashable = None
    wanted: Wanted | None = None
    place: Hashable = None
    comparing: Comparing | None = None
    comparison: Comparison | None = None
    due: bool = False
    moved: bool = False
    told: Hashable = None
    repositories: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.key.namespace}/{self.key.name}"
