"""The scripted node, with hooks that fail a few times before they succeed."""

from __future__ import annotations

from typing import Any

from tenter.embedded.node.scripted import ScriptedBehaviour, ScriptedSandbox
from tests.simulation.scenarios import RUNS_FOR

FAILS_FIRST = "simulation/fails-first"
_OUTCOME = "embedded.tenter.dev/outcome"


class SimulatedNode(ScriptedBehaviour):
    """Plays each Pod's outcome; the first runs of a part that ``fails-first`` fail."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._runs: dict[str, dict[str, None]] = {}

    async def sandbox(self, pod: dict[str, Any]) -> ScriptedSandbox:
        annotations = pod["metadata"].get("annotations") or {}
        first = int(annotations.get(FAILS_FIRST, 0))
        if first:
            owners = pod["metadata"].get("ownerReferences") or ({"uid": pod["metadata"]["uid"]},)
            runs = self._runs.setdefault(annotations[RUNS_FOR], {})
            runs[owners[0]["uid"]] = None
            if list(runs).index(owners[0]["uid"]) < first:
                marked = {**annotations, _OUTCOME: "fail after=0.5"}
                pod = {**pod, "metadata": {**pod["metadata"], "annotations": marked}}
        return await super().sandbox(pod)
