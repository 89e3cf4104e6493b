"""Rules of order: waves, kinds, and what is awaited."""

from __future__ import annotations

from tenter.engine import planning
from tests.engine.world import World, config
from tests.rules.registry import rule


@rule("ORDER-WAVE", breaks=lambda patch: patch.setattr(planning, "read_wave", lambda *_: 0))
def test_waves_run_in_ascending_order() -> None:
    world = World(config("a", wave="5"), config("b"), config("c", wave="-1")).run()
    assert [line for line in world.history if line.startswith("apply")] == [
        "apply c",
        "apply b",
        "apply a",
    ]
