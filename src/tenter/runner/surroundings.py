"""What an operation works with: the cluster, its local copy, the clock, health scripts.

One value, so that each part of the runner takes what it needs by one name. Nothing here acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tenter.diff import Paths
from tenter.environment import Environment
from tenter.health import Scripts
from tenter.kube.client import Client
from tenter.kube.informers import Informers
from tenter.manifests import Key
from tenter.runner.progress import Progress, Warned

Listener: TypeAlias = Callable[[Progress], None]
"""Gets each progress event as it happens; called from the event loop and must not block."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``informers`` must be open (entered) for as long as this is used.

    ``paths`` runs the jq expressions of ``ignoreDifferences``; None where there are none.
    """

    client: Client
    informers: Informers
    environment: Environment
    listener: Listener
    scripts: Scripts | None = None
    paths: Paths | None = None

    @property
    def now(self) -> float:
        """The wall clock, in Unix seconds."""
        return self.environment.now()

    def tell(self, event: Progress) -> None:
        """Tell the listener."""
        self.listener(event)

    def warn(self, message: str, key: Key | None = None) -> None:
        """Tell the listener what the user should know."""
        self.listener(Warned(at=self.now, message=message, key=key))
