import pytest
from tests.runner.ground import Ground, config

from tenter.engine import OperationPhase
from tenter.runner.progress import Warned

TRACKING = "argocd.argoproj.io/tracking-id"


def tracked(application: str, name: str = "settings") -> str:
    tracking_id = f"{application}:/ConfigMap:default/{name}"
    return config("settings", colour=application).replace(
        "annotations: {", f"annotations: {{{TRACKING}: '{tracking_id}', "
    )


async def test_an_object_of_another_application_is_taken_over_with_a_warning(
    ground: Ground,
) -> None:
    await ground.run(tracked("one"))

    record = await ground.run(tracked("two"))

    assert record.phase is OperationPhase.SUCCEEDED
    (warned,) = ground.events(Warned)
    assert 'it is tracked by application "one" too' in warned.message


async def test_with_fail_on_shared_resource_nothing_is_applied(ground: Ground) -> None:
    await ground.run(tracked("one"))

    record = await ground.run(tracked("two") + config("other"), "FailOnSharedResource=true")

    assert record.phase is OperationPhase.FAILED
    assert 'tracked by application "one"' in record.message
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "one"}
    assert not await ground.exists("ConfigMap", "other")


@pytest.mark.parametrize(("owner", "name"), [("one", "copied"), ("two", "settings")])
async def test_an_own_id_and_one_copied_from_elsewhere_say_nothing(
    ground: Ground, owner: str, name: str
) -> None:
    await ground.run(tracked(owner, name))

    record = await ground.run(tracked("two"), "FailOnSharedResource=true")

    assert record.phase is OperationPhase.SUCCEEDED, record.message
