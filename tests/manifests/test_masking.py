import copy
from typing import Any

from tenter.manifests import masked

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, **fields}


def test_a_secret_keeps_its_keys_and_shows_no_value_nor_its_length() -> None:
    shown = masked(secret(data={"a": "c2VjcmV0", "b": ""}, stringData={"c": "hush"}))
    assert shown["data"] == {"a": "********", "b": "********"}
    assert shown["stringData"] == {"c": "********"}
    assert shown["metadata"] == {"name": "a"}


def test_data_that_is_no_mapping_is_masked_as_a_whole() -> None:
    assert masked(secret(data="hush"))["data"] == "********"
    assert masked(secret(data=["hush"]))["data"] == "********"


def test_the_last_applied_annotation_is_masked_on_any_kind() -> None:
    shown = masked(
        {"kind": "ConfigMap", "metadata": {"annotations": {LAST_APPLIED: "{hush}", "a": "b"}}}
    )
    assert shown["metadata"]["annotations"] == {LAST_APPLIED: "********", "a": "b"}


def test_secrets_in_lists_are_masked() -> None:
    shown = masked({"kind": "List", "items": [secret(data={"a": "hush"}), {"kind": "A"}]})
    assert "hush" not in str(shown)
    assert shown["items"][1] == {"kind": "A"}


def test_items_of_a_list_of_secrets_need_no_kind_to_be_masked() -> None:
    assert "hush" not in str(masked({"kind": "SecretList", "items": [{"data": {"a": "hush"}}]}))


def test_the_given_manifest_is_not_changed() -> None:
    given = secret(data={"a": "b"})
    given["metadata"]["annotations"] = {LAST_APPLIED: "x"}
    before = copy.deepcopy(given)
    masked(given)
    assert given == before


def test_other_objects_are_returned_as_they_are() -> None:
    plain = {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}
    assert masked(plain) is plain
