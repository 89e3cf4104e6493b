"""The Git repositories of all Applications: one clone each, looked at together and in time.

A repository is looked at when an Application first needs it, when somebody asks for a refresh, and
otherwise once in ``interval`` seconds, by a timer with jitter. Whoever reads from it is told only
where its refs have moved.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import structlog

from tenter.controller.io_paths import real_path
from tenter.controller.queue import WorkQueue
from tenter.environment import Environment
from tenter.errors import SourceError, TenterError
from tenter.sources.access import ANYBODY, GitAccess
from tenter.sources.io_mirror import Mirror
from tenter.sources.repositories import Repository, read_repository

log = structlog.get_logger(__name__)

Access = Callable[[str, str], GitAccess]
"""Returns how a project (the second) reaches the repository at an address (the first)."""

Moved = Callable[[str], None]
"""Called with the address of a repository whose refs have moved."""


class Repositories:
    """Clones under the directory ``cache``.

    ``file_root`` is the directory (absolute) in which repositories of this machine may be used;
    none may be where it is empty. ``interval`` is in seconds, 0 for never; ``jitter`` is added to
    it by chance, in seconds. ``asked`` is told of each request to a repository: its address, what
    ``Mirror`` tells.
    """

    def __init__(
        self,
        environment: Environment,
        moved: Moved,
        *,
        cache: str,
        file_root: str = "",
        interval: float = 120.0,
        jitter: float = 60.0,
        asked: Callable[[str, str, float, bool], None] = lambda *_: None,
    ) -> None:
        self._asked = asked
        self._environment = environment
        self._moved = moved
        self._cache = cache
        self._file_root = file_root
        self.interval = interval
        self.jitter = jitter
        self._access: Access = lambda _address, _project: ANYBODY
        self._mirrors: dict[str, dict[GitAccess, Mirror]] = {}
        self._polls: WorkQueue[str] = WorkQueue(
            self._poll, self._failed, environment.random, workers=4
        )

    def use_access(self, access: Access) -> None:
        """Have repositories reached as ``access`` says, from now on.

        Where two projects reach one repository differently, each has a clone of its own.
        """
        self._access = access
        # With what was replaced, a look would fail. The clones themselves stay on disk.
        self._mirrors = {address: {} for address in self._mirrors}

    def mirror(self, address: str, project: str = "") -> Mirror:
        """Return the clone of the repository at ``address``, as an Application writes it.

        ``project`` is the Application's. Raises ``SourceError`` for an address that is refused.
        """
        access = self._access(address, project)
        clones = self._mirrors.get(address, {})
        if access not in clones:
            repository = read_repository(address)
            if repository.path:
                repository = Repository(path=self._allowed(repository.path))
            mirror = Mirror(
                repository.url,
                self._cache,
                path=repository.path,
                access=access,
                asked=functools.partial(self._asked, address),
            )
            clones[access] = mirror
            if address not in self._mirrors:
                self._mirrors[address] = clones
                self._schedule(address)
        return clones[access]

    def keep_only(self, addresses: dict[str, None]) -> None:
        """Look no more at repositories that no Application uses."""
        for address in [each for each in self._mirrors if each not in addresses]:
            del self._mirrors[address]
            self._polls.forget(address)

    def look_soon(self, address: str) -> None:
        """Have the repository looked at now: somebody says that it has moved."""
        if address in self._mirrors:
            self._polls.add(address, urgent=True)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The repositories in use."""
        return tuple(self._mirrors)

    async def run(self) -> None:
        """Look at the repositories in time, until cancelled."""
        await self._polls.run()

    async def _poll(self, address: str) -> None:
        clones = self._mirrors.get(address)
        if clones is None:
            return
        moved = False
        for mirror in tuple(clones.values()):
            moved = await mirror.look() or moved
        if moved:
            self._moved(address)
        self._schedule(address)

    def _schedule(self, address: str) -> None:
        if self.interval > 0:
            chance = self._environment.random.random()
            self._polls.add_after(address, self.interval + chance * self.jitter)

    def _failed(self, address: str, error: Exception, pause: float) -> None:
        if not isinstance(error, TenterError):
            raise error
        log.warning("repository not readable", repository=address, error=str(error), pause=pause)

    def _allowed(self, path: str) -> str:
        real = real_path(path)
        root = self._file_root.rstrip("/")
        if not root or not (real == root or real.startswith(f"{root}/")):
            raise SourceError(
                f"the repository {path} is on the controller's own machine, which is refused: "
                + (
                    f"only those in {root} may be used"
                    if root
                    else "start the controller with --allow-file-repos DIR to use those in DIR"
                )
            )
        return real
