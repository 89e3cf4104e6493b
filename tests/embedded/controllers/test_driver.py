"""A controller whose writes keep failing pauses, however often it is asked to look again."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tenter.embedded.controllers.driver import Controller, Driver
from tenter.embedded.controllers.recorder import Recorder
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.view import View
from tenter.embedded.controllers.writes import Outcome, WriteStatus
from tenter.environment import Environment
from tenter.errors import Conflict
from tenter.manifests import GroupKind

THING = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {"namespace": "default", "name": "web", "uid": "1", "resourceVersion": "1"},
}


class Refusing:
    """A client whose every write is a conflict."""

    async def resource_of(self, _manifest: Any) -> None:
        return None

    async def replace(self, *_: Any, **__: Any) -> None:
        raise Conflict("somebody was faster", code=409)


async def test_repeated_failures_are_not_hurried_by_being_asked_again() -> None:
    looks = 0

    def look(*_: Any) -> Outcome:
        nonlocal looks
        looks += 1
        return Outcome((WriteStatus(THING),))

    view = View()
    view.wrote(THING)
    kind = GroupKind("apps", "ReplicaSet")
    client, environment = Refusing(), Environment(now=lambda: 0.0, random=random.Random(1))
    async with asyncio.TaskGroup() as group:
        driver = Driver(
            Controller(kind, look, lambda *_: ()),
            view,
            client,  # type: ignore[arg-type]
            environment=environment,
            settings=ControllerSettings(write_retry=60.0),
            group=group,
            recorder=Recorder(client, environment),  # type: ignore[arg-type]
        )
        for _ in range(100):
            driver.tell(THING)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        driver.close()
    assert looks == 2
