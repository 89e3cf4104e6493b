"""The custom health checks of one application or installation, ready to be asked.

It knows which script is for which kind and what the time is; how a script runs is the
evaluator's: by default a worker process that can be killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tenter.environment import Environment
from tenter.health import Health
from tenter.manifests import Manifest, group_kind_of
from tenter.scripting.checks import Checks
from tenter.scripting.io_clock import system_time
from tenter.scripting.io_directory import read_scripts
from tenter.scripting.io_worker import Worker
from tenter.scripting.script import Evaluator, Script
from tenter.scripting.settings import scripts_in


class LuaScripts:
    """Custom health checks in Lua; a ``tenter.health.Scripts``.

    Without an ``environment`` a script's ``os.time()`` is the system's. Close it (``async with``,
    or ``aclose``) to end the worker, which the first question starts; a program that ends, or
    forgets these checks, ends it as well.

    >>> scripts = LuaScripts.from_directory("checks")
    >>> health = tenter.health.assess(live, scripts)

    and in an event loop, which a slow script must not hold:

    >>> async with LuaScripts.from_directory("checks") as scripts:
    ...     health = await scripts.assess(live)
    """

    def __init__(
        self,
        scripts: Mapping[str, Script],
        environment: Environment | None = None,
        evaluator: Evaluator | None = None,
    ) -> None:
        self._checks = Checks(scripts)
        self._now = system_time if environment is None else environment.now
        self._evaluator: Evaluator = Worker() if evaluator is None else evaluator

    @classmethod
    def from_directory(
        cls,
        path: str | Path,
        environment: Environment | None = None,
        evaluator: Evaluator | None = None,
    ) -> Self:
        """Read the scripts of a folder laid out ``<group>/<Kind>/health.lua``.

        ``_`` in a folder's name stands for any characters (``_.example.com/_/health.lua``).
        Raises ``HealthCheckError`` where the folder or a script cannot be read.
        """
        return cls(read_scripts(Path(path)), environment, evaluator)

    @classmethod
    def from_settings(
        cls,
        settings: Mapping[str, str],
        environment: Environment | None = None,
        evaluator: Evaluator | None = None,
    ) -> Self:
        """Read the scripts in the data of an ``argocd-cm`` ConfigMap; there may be none.

        Raises ``HealthCheckError`` where a setting cannot be read.
        """
        return cls(scripts_in(settings), environment, evaluator)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __len__(self) -> int:
        return len(self._checks)

    def covers(self, obj: Manifest) -> bool:
        """Tell whether there is a script for the kind of ``obj``."""
        return self._checks.find(group_kind_of(obj)) is not None

    async def assess(self, obj: Manifest) -> Health | None:
        """Return the verdict of the script for ``obj``.

        None where there is no script for its kind, or the script returned nil. Raises
        ``HealthCheckError``, naming file and line, where the script fails.
        """
        script = self._checks.find(group_kind_of(obj))
        if script is None:
            return None
        return await self._evaluator.evaluate(script, obj, self._now())

    def assess_now(self, obj: Manifest) -> Health | None:
        """Return what ``assess`` returns, waiting in the calling thread: a second at most.

        For programs without an event loop. Raises ``HealthCheckError`` as ``assess`` does.
        """
        script = self._checks.find(group_kind_of(obj))
        if script is None:
            return None
        return self._evaluator.evaluate_now(script, obj, self._now())

    async def aclose(self) -> None:
        """End the worker, if one was started."""
        await self._evaluator.aclose()
