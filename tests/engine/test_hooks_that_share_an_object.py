"""A named hook of two phases without BeforeHookCreation lives in one object."""

from __future__ import annotations

from tests.engine.world import World, job


def test_an_object_is_deleted_only_when_the_last_hook_in_it_is_released() -> None:
    world = World(job("migrate", hook="PreSync,PostSync", policy="HookSucceeded"))
    world.run()
    assert world.history == [
        "preflight",
        "create migrate",
        "release migrate",
        "apply over migrate",
        "release migrate",
        "delete migrate",
    ]
