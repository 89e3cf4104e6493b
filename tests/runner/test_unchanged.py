import pytest
from tests.runner.ground import Ground, config, job, messages
from tests.runner.writes import Counting

from tenter.engine import OperationPhase


@pytest.mark.parametrize("options", ["", "ServerSideApply=false"])
async def test_an_unchanged_object_is_neither_tried_nor_written(
    ground: Ground, options: str
) -> None:
    text = config("settings", options=options, colour="blue")
    await ground.run(text)
    counting = Counting(ground.cluster.transport())

    record = await ground.run(text, transport=counting)

    assert counting.writes == []
    assert messages(record) == {"settings": "configmap/settings unchanged"}


async def test_what_someone_else_changed_is_written_back(ground: Ground) -> None:
    await ground.run(config("settings", colour="blue"))
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"colour": "red"}}, field_manager="someone"
    )

    record = await ground.run(config("settings", colour="blue"))

    assert messages(record) == {"settings": "configmap/settings configured"}
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_an_equal_object_that_is_not_ours_yet_is_applied_once(ground: Ground) -> None:
    resource = await ground.client.resource("", "ConfigMap")
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default", "annotations": {}},
        "data": {"colour": "blue"},
    }
    await ground.client.create(resource, theirs, field_manager="someone")
    writes = []
    for _ in range(2):
        counting = Counting(ground.cluster.transport())
        await ground.run(config("settings", colour="blue"), transport=counting)
        writes.append(counting.writes)

    assert writes == [["PATCH settings (dry run)", "PATCH settings"], []]


async def test_after_a_hook_has_run_every_object_is_applied(ground: Ground) -> None:
    text = config("settings", colour="blue") + job("before", hook="PreSync")
    await ground.run(text)
    counting = Counting(ground.cluster.transport())

    record = await ground.run(text, transport=counting)

    assert "PATCH settings" in counting.writes
    assert messages(record)["settings"] == "configmap/settings unchanged"


async def test_an_unchanged_object_is_still_awaited(ground: Ground) -> None:
    text = job("load", outcome="fail") + config("after", wave="1")
    await ground.run(text)

    record = await ground.run(text)

    assert record.phase is OperationPhase.FAILED
    assert not await ground.exists("ConfigMap", "after")
