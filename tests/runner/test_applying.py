from tests.runner.ground import Ground, config, job, messages

from tenter.engine import OperationPhase


async def test_applying_says_whether_it_created_configured_or_left_unchanged(
    ground: Ground,
) -> None:
    said = [
        messages(await ground.run(config("settings", colour=colour)))["settings"]
        for colour in ("blue", "red", "red")
    ]

    assert said == [
        "configmap/settings created",
        "configmap/settings configured",
        "configmap/settings unchanged",
    ]


async def test_a_field_that_the_source_dropped_goes(ground: Ground) -> None:
    await ground.run(config("settings", colour="blue", size="xl"))
    await ground.run(config("settings", colour="blue"))

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_an_apply_leaves_what_others_own(ground: Ground) -> None:
    await ground.run(config("settings", colour="blue"))
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"theirs": "1"}}, field_manager="someone"
    )
    await ground.run(config("settings", colour="blue"))

    assert (await ground.get("ConfigMap", "settings"))["data"]["theirs"] == "1"


async def test_replacing_takes_what_others_own(ground: Ground) -> None:
    await ground.run(config("settings", colour="blue"))
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"theirs": "1"}}, field_manager="someone"
    )

    record = await ground.run(config("settings", options="Replace=true", colour="blue"))

    assert messages(record) == {"settings": "configmap/settings replaced"}
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_replacing_creates_what_is_missing(ground: Ground) -> None:
    record = await ground.run(config("settings", options="Replace=true", colour="blue"))

    assert messages(record) == {"settings": "configmap/settings created"}


async def test_an_immutable_field_fails_before_anything_is_applied(ground: Ground) -> None:
    await ground.run(job("load"))
    changed = job("load").replace("busybox", "alpine")

    record = await ground.run(changed + config("settings"))

    assert record.phase is OperationPhase.FAILED
    assert "immutable" in messages(record)["load"]
    assert not await ground.exists("ConfigMap", "settings")


async def test_with_force_what_cannot_be_changed_is_created_anew(ground: Ground) -> None:
    await ground.run(job("load"))
    before = (await ground.get("Job", "load", "batch"))["metadata"]["uid"]
    changed = job("load", options="Force=true").replace("busybox", "alpine")

    record = await ground.run(changed)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    assert messages(record) == {"load": "job.batch/load replaced"}
    assert (await ground.get("Job", "load", "batch"))["metadata"]["uid"] != before


async def test_force_with_replace_always_creates_anew(ground: Ground) -> None:
    await ground.run(config("settings"))
    before = (await ground.get("ConfigMap", "settings"))["metadata"]["uid"]

    await ground.run(config("settings", options="Force=true,Replace=true"))

    assert (await ground.get("ConfigMap", "settings"))["metadata"]["uid"] != before


async def test_force_never_deletes_a_namespace(ground: Ground) -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n"
    await ground.run(text)
    resource = await ground.client.resource("", "Namespace")
    before = (await ground.client.get(resource, "", "fresh"))["metadata"]["uid"]

    await ground.run(
        text.replace(
            "{name: fresh}",
            "{name: fresh, annotations: "
            "{argocd.argoproj.io/sync-options: 'Force=true,Replace=true'}}",
        )
    )

    assert (await ground.client.get(resource, "", "fresh"))["metadata"]["uid"] == before


async def test_the_images_of_an_object_are_in_its_result(ground: Ground) -> None:
    record = await ground.run(job("load"))

    assert [result.images for result in record.results.values()] == [("busybox",)]
