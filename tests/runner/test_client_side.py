import msgspec
from tests.runner.ground import Ground, config, job, messages

from tenter.engine import OperationPhase

CLIENT_SIDE = "ServerSideApply=false"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


async def test_it_says_what_it_did(ground: Ground) -> None:
    said = [
        messages(await ground.run(config("settings", colour=colour), CLIENT_SIDE))["settings"]
        for colour in ("blue", "red", "red")
    ]

    assert [message.split()[1] for message in said] == ["created", "configured", "unchanged"]


async def test_it_notes_what_was_applied_last(ground: Ground) -> None:
    await ground.run(config("settings", colour="blue"), CLIENT_SIDE)

    live = await ground.get("ConfigMap", "settings")
    last = msgspec.json.decode(live["metadata"]["annotations"][LAST_APPLIED])
    assert last["data"] == {"colour": "blue"}


async def test_a_field_that_the_source_dropped_goes_and_others_fields_stay(
    ground: Ground,
) -> None:
    await ground.run(config("settings", colour="blue", old="1"), CLIENT_SIDE)
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(resource, "default", "settings", {"data": {"theirs": "1"}})

    await ground.run(config("settings", colour="blue"), CLIENT_SIDE)

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue", "theirs": "1"}


async def test_changing_the_mode_and_back_forgets_no_field(ground: Ground) -> None:
    await ground.run(config("settings", a="1", b="1", c="1"))
    await ground.run(config("settings", a="1", b="1"), CLIENT_SIDE)
    await ground.run(config("settings", a="1"))

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"a": "1"}


async def test_force_creates_anew_what_cannot_be_patched(ground: Ground) -> None:
    await ground.run(job("load"), CLIENT_SIDE)
    before = (await ground.get("Job", "load", "batch"))["metadata"]["uid"]
    changed = job("load", options="Force=true").replace("busybox", "alpine")

    record = await ground.run(changed, CLIENT_SIDE)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    assert (await ground.get("Job", "load", "batch"))["metadata"]["uid"] != before


async def test_what_cannot_be_patched_fails_before_anything_is_applied(ground: Ground) -> None:
    await ground.run(job("load"), CLIENT_SIDE)
    changed = job("load").replace("busybox", "alpine")

    record = await ground.run(changed + config("settings"), CLIENT_SIDE)

    assert record.phase is OperationPhase.FAILED
    assert not await ground.exists("ConfigMap", "settings")


async def test_two_entries_of_one_key_are_taken(ground: Ground) -> None:
    text = job("load", options=CLIENT_SIDE).replace(
        "image: busybox", "image: busybox, env: [{name: A, value: '1'}, {name: A, value: '2'}]"
    )

    record = await ground.run(text)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
