from __future__ import annotations

import copy
from typing import Any

from tests.embedded.schema.kinds import custom, struct

from tenter.embedded.schema import prune, unknown_fields

DEPLOYMENT = struct("apps/v1", "Deployment")


def in_container(**fields: Any) -> dict[str, Any]:
    container = {"name": "m", **fields}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def test_undeclared_fields_are_named_by_their_paths() -> None:
    obj = {**in_container(foo=1, env=[{"name": "A", "vale": "1"}]), "bar": {"x": 1}}
    assert unknown_fields(obj, DEPLOYMENT) == [
        "spec.template.spec.containers[0].foo",
        "spec.template.spec.containers[0].env[0].vale",
        "bar",
    ]


def test_undeclared_fields_go() -> None:
    obj = in_container(foo=1)
    assert prune(obj, DEPLOYMENT) == in_container()


def test_nulls_and_empty_lists_and_maps_go() -> None:
    obj = in_container(command=[], env=None) | {"metadata": {"labels": {}, "name": "x"}}
    assert prune(obj, DEPLOYMENT) == in_container() | {"metadata": {"name": "x"}}


def test_empty_structs_stay() -> None:
    obj = in_container(securityContext={})
    assert prune(obj, DEPLOYMENT) == obj


def test_a_null_text_of_a_map_is_an_empty_text() -> None:
    obj = {"data": {"a": None}}
    assert prune(obj, struct("v1", "ConfigMap")) == {"data": {"a": ""}}


def test_pruning_copies_nothing_that_stays() -> None:
    obj = {**in_container(image="i"), "metadata": {"name": "x", "nothing": 1}}
    before = copy.deepcopy(obj)
    pruned = prune(obj, DEPLOYMENT)
    assert obj == before
    assert pruned["spec"] is obj["spec"]
    clean = in_container(image="i")
    assert prune(clean, DEPLOYMENT) is clean


def test_a_custom_kind_keeps_what_it_says_it_keeps() -> None:
    type_ = custom(
        {
            "type": "object",
            "properties": {
                "known": {"type": "string"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "shut": {"type": "object"},
            },
        }
    )
    obj = {"spec": {"known": "1", "free": {"x": {"y": []}}, "shut": {"x": 1}, "z": 1}}
    assert prune(obj, type_) == {"spec": {"known": "1", "free": {"x": {"y": []}}, "shut": {}}}
    assert unknown_fields(obj, type_) == ["spec.shut.x", "spec.z"]


def test_a_custom_kinds_null_gives_way_to_its_default() -> None:
    fields = {"a": {"type": "string", "default": "x"}, "b": {"type": "string", "nullable": True}}
    type_ = custom({"type": "object", "properties": fields})
    assert prune({"spec": {"a": None, "b": None}}, type_) == {"spec": {"b": None}}


def test_a_zero_that_kubernetes_leaves_out_goes() -> None:
    obj = in_container(stdin=False, image="")
    assert prune(obj, DEPLOYMENT) == in_container()


def test_a_zero_that_kubernetes_tells_from_nothing_stays() -> None:
    obj = {"spec": {"replicas": 0, "template": {"spec": {"terminationGracePeriodSeconds": 0}}}}
    assert prune(obj, DEPLOYMENT) == obj


def test_a_null_text_of_a_list_is_an_empty_text() -> None:
    obj = in_container(command=["a", None])
    assert prune(obj, DEPLOYMENT) == in_container(command=["a", ""])
