from tenter.scripting import readable_scripts

GOOD = "return {status = 'Healthy'}"


def test_scripts_that_can_be_read_are_kept_beside_those_that_cannot() -> None:
    found, faults = readable_scripts(
        {
            "resource.customizations.health.example.com_Ship": GOOD,
            "resource.customizations.useOpenLibs.example.com_Ship": "true",
            "resource.customizations.health.a_b_C": GOOD,
            "resource.customizations": "a/B: {health.lua: 5}\nc/D: {health.lua: 'return {}'}\ne: 5",
        }
    )
    assert list(found) == ["c/D", "example.com/Ship"]
    assert found["example.com/Ship"].open_libraries
    assert len(faults) == 3


def test_a_block_that_is_no_yaml_leaves_the_other_settings() -> None:
    found, (fault,) = readable_scripts(
        {"resource.customizations": "- [", "resource.customizations.health.Pod": GOOD}
    )
    assert list(found) == ["Pod"]
    assert "is not YAML" in fault
