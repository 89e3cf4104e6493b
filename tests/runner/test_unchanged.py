import pytest
from tests.runner.ground import Ground, config, job, messages
from tests.runner.writes import Counting, Meddling

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


NAMES = ("a", "b", "c", "d")
MANY = "".join(config(name, colour="blue") for name in NAMES)


async def test_after_a_hook_has_run_a_list_tells_that_objects_are_unchanged(
    ground: Ground,
) -> None:
    text = MANY + job("before", hook="PreSync")
    await ground.run(text)
    counting = Counting(ground.cluster.transport())

    record = await ground.run(text, transport=counting)

    assert [line for line in counting.writes if line.split()[1] in NAMES] == []
    assert messages(record)["a"] == "configmap/a unchanged"


async def test_after_a_hook_has_run_few_objects_are_applied_instead(ground: Ground) -> None:
    text = config("settings", colour="blue") + job("before", hook="PreSync")
    await ground.run(text)
    counting = Counting(ground.cluster.transport())

    record = await ground.run(text, transport=counting)

    assert "PATCH settings" in counting.writes
    assert messages(record)["settings"] == "configmap/settings unchanged"


@pytest.mark.parametrize("text", [MANY, config("b", colour="blue")], ids=["many", "one"])
async def test_what_a_hook_changed_is_written_back_though_no_watch_told_of_it(
    ground: Ground, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenter.runner.observing.CATCH_UP_WITHIN", 0.02)
    text += job("before", hook="PreSync")
    await ground.run(text)
    resource = await ground.client.resource("", "ConfigMap")

    async def meddle() -> None:
        change = {"data": {"colour": "red"}}
        await ground.client.patch(resource, "default", "b", change, field_manager="hook")

    meddling = Meddling(ground.cluster.transport(), meddle)
    record = await ground.run(text, transport=meddling)

    assert (await ground.get("ConfigMap", "b"))["data"] == {"colour": "blue"}
    assert messages(record)["b"] == "configmap/b configured"
    assert [line for line in meddling.writes if line.split()[1] in NAMES] == ["PATCH b"]


WIDGETS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example}
spec:
  group: shop.example
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - &version
    name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
  - {<<: *version, name: v2, storage: false}
---
"""


WIDGET = "{apiVersion: shop.example/v1, kind: Widget, metadata: {name: a}, spec: {size: 1}}"


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_object_in_any_served_version_is_left_alone(ground: Ground, version: str) -> None:
    widget = WIDGET.replace("v1", version)
    await ground.run(WIDGETS + widget)
    counting = Counting(ground.cluster.transport())

    record = await ground.run(widget, transport=counting)

    assert counting.writes == []
    assert messages(record) == {"a": "widget.shop.example/a unchanged"}


async def test_an_object_whose_version_moved_on_is_applied_once(ground: Ground) -> None:
    await ground.run(WIDGETS + WIDGET)
    moved = WIDGET.replace("v1", "v2")
    writes = []
    for _ in range(2):
        counting = Counting(ground.cluster.transport())
        await ground.run(moved, transport=counting)
        writes.append(counting.writes)

    assert writes == [["PATCH a (dry run)", "PATCH a"], []]


async def test_an_unchanged_object_is_still_awaited(ground: Ground) -> None:
    text = job("load", outcome="fail") + config("after", wave="1")
    await ground.run(text)

    record = await ground.run(text)

    assert record.phase is OperationPhase.FAILED
    assert not await ground.exists("ConfigMap", "after")
