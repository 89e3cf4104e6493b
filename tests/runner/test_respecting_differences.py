import pytest
from tests.runner.ground import Ground, config

from tenter.diff import IgnoreRule

RULES = (
    IgnoreRule(kind="ConfigMap", pointers=("/data/size",)),
    IgnoreRule(kind="ConfigMap", managers=("someone",)),
    IgnoreRule(kind="ConfigMap", expressions=('.data | .["size"]',)),
)


@pytest.mark.parametrize("rule", RULES)
async def test_an_ignored_field_is_left_as_it_is(ground: Ground, rule: IgnoreRule) -> None:
    await ground.run(config("settings", colour="blue", size="1"))
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"size": "9"}}, field_manager="someone"
    )

    text = config("settings", colour="red", size="1")
    await ground.run(text, "RespectIgnoreDifferences=true", ignore=(rule,))

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "red", "size": "9"}


@pytest.mark.parametrize("rule", RULES)
async def test_without_the_option_a_sync_writes_it(ground: Ground, rule: IgnoreRule) -> None:
    await ground.run(config("settings", size="1"))
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"size": "9"}}, field_manager="someone"
    )

    await ground.run(config("settings", size="1"), ignore=(rule,))

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"size": "1"}


async def test_a_new_object_gets_what_the_source_says(ground: Ground) -> None:
    await ground.run(
        config("settings", size="1"), "RespectIgnoreDifferences=true", ignore=(RULES[0],)
    )

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"size": "1"}


async def test_an_expression_that_cannot_be_run_fails_the_sync_before_anything_is_applied(
    ground: Ground,
) -> None:
    rule = IgnoreRule(kind="ConfigMap", expressions=(".data[",))
    await ground.run(config("settings", size="1"))

    record = await ground.run(
        config("settings", size="2"), "RespectIgnoreDifferences=true", ignore=(rule,)
    )

    assert "is no jq" in record.message + "".join(record.causes)
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"size": "1"}
