from __future__ import annotations

from typing import Any

import pytest
from tests.embedded.schema.kinds import custom, struct

from tenter.embedded.schema import decoding_message, prune, type_errors


def message(api_version: str, kind: str, **fields: Any) -> str:
    type_ = struct(api_version, kind)
    found = type_errors(fields, type_)
    return decoding_message(found, type_) if found else ""


def test_a_wrong_type_is_told_as_the_decoder_tells_it() -> None:
    assert message("apps/v1", "Deployment", spec={"replicas": "3"}) == (
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal'
        " string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )


def test_a_path_in_a_list_has_no_index() -> None:
    env = [{"name": "A", "value": 1}]
    containers = [{"name": "m", "env": env}]
    assert message("v1", "Pod", spec={"containers": containers}).endswith(
        "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value"
        " of type string"
    )


def test_a_number_in_a_map_of_texts_is_wrong() -> None:
    assert message("v1", "ConfigMap", data={"a": 1}).endswith(
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("replicas", 1.5),
        ("replicas", True),
        ("replicas", 2**31),
        ("paused", "yes"),
        ("template", []),
        ("strategy", {"rollingUpdate": {"maxSurge": []}}),
        ("template", {"metadata": {"creationTimestamp": "today"}}),
    ],
)
def test_values_of_the_wrong_type_are_found(field: str, value: Any) -> None:
    assert len(type_errors({"spec": {field: value}}, struct("apps/v1", "Deployment"))) == 1


@pytest.mark.parametrize("surge", [1, "25%"])
def test_an_int_or_string_takes_both(surge: Any) -> None:
    spec = {"strategy": {"rollingUpdate": {"maxSurge": surge}}}
    assert type_errors({"spec": spec}, struct("apps/v1", "Deployment")) == []


@pytest.mark.parametrize("value", ["1", "100m", "1.5Gi", "1e3", 2, 0.5, "-1", "12E"])
def test_quantities_are_read(value: Any) -> None:
    hard = {"spec": {"hard": {"cpu": value}}}
    assert type_errors(hard, struct("v1", "ResourceQuota")) == []


@pytest.mark.parametrize("value", ["", "1 Gi", "1gb", "Gi", "1,5", []])
def test_what_is_no_quantity_is_found(value: Any) -> None:
    hard = {"spec": {"hard": {"cpu": value}}}
    assert len(type_errors(hard, struct("v1", "ResourceQuota"))) == 1


def test_bytes_must_be_base64() -> None:
    found = message("v1", "Secret", data={"a": "YWJj!"})
    assert found.endswith("illegal base64 data at input byte 4")


def test_a_custom_kind_is_told_in_the_words_of_its_schema() -> None:
    fields = {"n": {"type": "integer"}, "l": {"type": "array", "items": {"type": "string"}}}
    type_ = custom({"type": "object", "properties": fields})
    found = type_errors({"spec": {"n": "1", "l": ["a", 2]}}, type_)
    assert [str(cause) for cause in found] == [
        'spec.n: Invalid value: "string": spec.n in body must be of type integer: "string"',
        'spec.l[1]: Invalid value: "integer": spec.l[1] in body must be of type string: "integer"',
    ]


def test_a_custom_kinds_null_needs_leave() -> None:
    fields = {"a": {"type": "string"}, "b": {"type": "string", "nullable": True}}
    type_ = custom({"type": "object", "properties": fields})
    found = type_errors({"spec": {"a": None, "b": None}}, type_)
    pruned = prune({"spec": {"a": None, "b": None}}, type_)
    assert found == []
    assert pruned == {"spec": {"b": None}}
