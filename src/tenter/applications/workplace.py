"""What every operation on applications needs from its caller: a cluster, a clock, an ear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tenter.diff import Paths
from tenter.environment import Environment
from tenter.health import Scripts
from tenter.kube.client import Client
from tenter.kube.informers import Informers
from tenter.runner import Control, Listener, Surroundings
from tenter.runner.comparing import Answers
from tenter.runner.progress import Warned
from tenter.sources import Renderings, RenderSettings


def _deaf(event: object) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where operations are run from.

    ``holder`` says who works here, for others to read; ``base`` is the directory that relative
    paths start from, and ``cache`` where fetched repositories are kept (empty: the user's own).
    ``paths`` runs the jq expressions of ``ignoreDifferences``. ``answers`` are what the server
    said of objects that were compared. ``settings`` are what renderers may, and ``kept`` what they
    made.
    """

    client: Client
    environment: Environment
    listener: Listener = _deaf
    scripts: Scripts | None = None
    paths: Paths | None = None
    control: Control = field(default_factory=Control)
    holder: str = "tenter"
    base: str = ""
    cache: str = ""
    answers: Answers = field(default_factory=Answers)
    settings: RenderSettings = field(default_factory=RenderSettings)
    kept: Renderings = field(default_factory=Renderings)

    @asynccontextmanager
    async def surroundings(self) -> AsyncIterator[Surroundings]:
        """Open what the runner works with."""
        async with Informers(self.client, self.environment, keep_managed_fields=True) as informers:
            yield Surroundings(
                client=self.client,
                informers=informers,
                environment=self.environment,
                listener=self.listener,
                scripts=self.scripts,
                paths=self.paths,
            )

    def warn(self, message: str) -> None:
        """Tell the listener what the user should know."""
        self.listener(Warned(at=self.environment.now(), message=message))

    def identity(self) -> str:
        """Return a name for one operation's holder that no other process has."""
        return f"{self.holder} ({self.environment.random.randrange(16**8):08x})"
