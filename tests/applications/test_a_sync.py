from collections.abc import Callable

from tenter.engine import OperationPhase

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
"""


async def test_an_object_of_the_source_is_on_the_cluster(shop) -> None:
    shop.write(CONFIG)

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    assert (await shop.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_a_hook_runs_before_the_objects(shop, job: Callable[..., str]) -> None:
    shop.write(CONFIG + job("name: migrate", hook="PreSync"))

    outcome = await shop.sync()

    assert outcome.phase is OperationPhase.SUCCEEDED, outcome.message
    results = [(r["name"], r["syncPhase"]) for r in outcome.operation_state["syncResult"]["resources"]]
    assert results == [("migrate", "PreSync"), ("settings", "Sync")]
