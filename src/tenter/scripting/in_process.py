"""Scripts run in this process: for simulation and tests, where no process may be started.

Only for scripts one trusts: a catastrophic pattern cannot be interrupted here.
"""

from __future__ import annotations

from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.sandbox import Sandbox
from tenter.scripting.script import Script


class InProcess:
    """An evaluator without a worker."""

    def __init__(self) -> None:
        self._sandbox = Sandbox()

    async def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate`` says."""
        return self._sandbox.evaluate(script, obj, now)

    def evaluate_now(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate`` says."""
        return self._sandbox.evaluate(script, obj, now)

    async def aclose(self) -> None:
        """Do nothing: nothing runs."""
