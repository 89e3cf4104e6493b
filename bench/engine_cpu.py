"""The engine's own CPU for whole syncs of 10,000 tasks, in a world that answers at once.

Each sync is run twice: with the answers coming 32 at a time, as the runner's concurrency has it,
and one at a time, which is the most that the engine can be asked.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

from bench.instant_world import InstantWorld
from bench.measurement import Measurement
from bench.objects import config_map, deployment, job, service
from tenter.manifests import Manifest

_GOAL = 2.0


def one_stage() -> list[Measurement]:
    """10,000 ordinary objects in one stage that is awaited, and a hook after them."""
    makers = (config_map, service, deployment, deployment)
    objects = [makers[i % 4](f"item-{i:05}") for i in range(9_999)]
    return _measured("engine: 10,000 objects, one stage", [*objects, job("smoke", hook="PostSync")])


def twenty_waves() -> list[Measurement]:
    """1,000 hooks and 9,000 objects over 20 waves."""
    makers = (config_map, service, deployment)
    objects = [makers[i % 3](f"item-{i:05}", wave=i % 20) for i in range(9_000)]
    hooks = [job(f"hook-{i:05}", hook="Sync", wave=i % 20) for i in range(1_000)]
    return _measured("engine: 1,000 hooks and 9,000 objects, 20 waves", [*objects, *hooks])


def hooks() -> list[Measurement]:
    """2,000 hooks in one stage among 8,000 objects: many things under way at once."""
    makers = (config_map, service, deployment)
    objects = [makers[i % 3](f"item-{i:05}") for i in range(8_000)]
    hooks = [job(f"hook-{i:05}", hook="Sync") for i in range(2_000)]
    return _measured("engine: 2,000 hooks and 8,000 objects, one stage", [*objects, *hooks])


def _measured(name: str, manifests: Sequence[Manifest]) -> list[Measurement]:
    found = []
    for batch, how in ((32, "32 answers at a time"), (1, "one answer at a time")):
        world = InstantWorld(manifests, batch)
        gc.collect()
        end = world.run()
        assert end.phase == "Succeeded", end
        found.append(
            Measurement(
                name=f"{name}, {how}",
                value=world.cpu,
                goal=_GOAL,
                note=f"CPU; {world.events:,} events, {world.decisions:,} decisions",
            )
        )
    return found
