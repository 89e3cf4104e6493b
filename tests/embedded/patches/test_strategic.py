from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from tests.embedded.fields.objects import (
    CONFIG_MAP,
    DEPLOYMENT,
    config_map,
    deployment,
    deployments,
    struct,
)

from tenter.embedded.patches import PatchError, strategic
from tenter.embedded.schema import Type


def containers(obj: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = obj["spec"]["template"]["spec"]["containers"]
    return found


def patched(live: dict[str, Any], *items: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    spec = {"containers": list(items), **more}
    patch = {"spec": {"template": {"spec": spec}}}
    return containers(strategic.apply(live, patch, DEPLOYMENT))


LIVE = deployment(
    {"name": "a", "image": "1", "env": [{"name": "X", "value": "1"}], "args": ["1"]},
    {"name": "b", "image": "1"},
)


def test_items_merge_by_their_key() -> None:
    env = [{"name": "Y", "value": "2"}]
    assert patched(LIVE, {"name": "a", "image": "2", "env": env}) == [
        {
            "name": "a",
            "image": "2",
            "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}],
            "args": ["1"],
        },
        {"name": "b", "image": "1"},
    ]


def test_a_list_without_a_merge_strategy_is_replaced() -> None:
    assert patched(LIVE, {"name": "a", "args": ["2"]})[0]["args"] == ["2"]


def test_a_new_item_comes_first_and_without_its_directives() -> None:
    new: dict[str, Any] = {"name": "c", "image": "1", "command": None, "$setElementOrder/env": []}
    assert patched(LIVE, new)[0] == {"name": "c", "image": "1"}


def test_an_item_can_be_deleted() -> None:
    assert patched(LIVE, {"name": "a", "$patch": "delete"}) == [{"name": "b", "image": "1"}]


def test_a_list_can_be_replaced() -> None:
    assert patched(LIVE, {"$patch": "replace"}, {"name": "z"}) == [{"name": "z"}]


def test_a_map_can_be_replaced() -> None:
    live = config_map({"x": "1"}, labels={"a": "1"})
    patch = {"metadata": {"labels": {"$patch": "replace", "b": "2"}}}
    assert strategic.apply(live, patch, CONFIG_MAP)["metadata"]["labels"] == {"b": "2"}


def test_an_order_is_kept() -> None:
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    assert [c["name"] for c in patched(LIVE, **order)] == ["b", "a"]


def test_items_only_the_server_has_keep_their_place() -> None:
    live = deployment({"name": "injected"}, {"name": "a"}, {"name": "b"})
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    assert [c["name"] for c in patched(live, **order)] == ["injected", "b", "a"]


def test_a_set_gains_and_loses_members() -> None:
    live = config_map(finalizers=["x/a", "x/b"])
    patch = {
        "metadata": {"finalizers": ["x/c", "x/a"], "$deleteFromPrimitiveList/finalizers": ["x/b"]}
    }
    result = strategic.apply(live, patch, CONFIG_MAP)
    assert result["metadata"]["finalizers"] == ["x/c", "x/a"]


def test_a_directive_for_what_is_not_there_does_nothing() -> None:
    patch = {"metadata": {"labels": {"$patch": "replace", "b": "2"}}}
    assert "labels" not in strategic.apply(config_map(), patch, CONFIG_MAP)["metadata"]


def test_only_retained_keys_stay() -> None:
    live = deployment(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic.apply(live, patch, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize(
    "patch",
    [
        [],
        {"spec": {"$patch": "grow"}},
        {"spec": {"template": {"spec": {"containers": [{"image": "i"}]}}}},
        {"spec": {"template": {"spec": {"containers": ["i"]}}}},
        {"spec": {"strategy": {"$retainKeys": [], "type": "Recreate"}}},
    ],
)
def test_a_malformed_patch_is_refused(patch: Any) -> None:
    live = deployment({"name": "a"}, strategy={"type": "RollingUpdate"})
    with pytest.raises(PatchError):
        strategic.apply(live, patch, DEPLOYMENT)


def difference(old: dict[str, Any], new: dict[str, Any], type_: Type) -> dict[str, Any]:
    """Return the strategic merge patch that makes ``new`` of ``old``."""
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        sub = type_.fields.get(name) or type_.element
        assert sub is not None
        if before == value:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            patch[name] = difference(before, value, sub)
        elif isinstance(value, list) and isinstance(before, list) and "merge" in sub.strategies:
            patch |= list_difference(name, before, value, sub)
        else:
            patch[name] = value
    return patch


def list_difference(name: str, old: list[Any], new: list[Any], type_: Type) -> dict[str, Any]:
    key = type_.merge_key
    if not key:
        return {
            f"$deleteFromPrimitiveList/{name}": [item for item in old if item not in new],
            f"$setElementOrder/{name}": new,
            name: [item for item in new if item not in old],
        }
    element = type_.element
    assert element is not None
    before = {item[key]: item for item in old}
    wanted = {item[key] for item in new}
    items: list[Any] = [{key: k, "$patch": "delete"} for k in before if k not in wanted]
    items += [{key: i[key], **difference(before.get(i[key], {}), i, element)} for i in new]
    return {f"$setElementOrder/{name}": [{key: item[key]} for item in new], name: items}


@given(deployments(), deployments())
def test_the_difference_of_two_objects_makes_one_the_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    # Ports of one number and two protocols share their merge key: no patch can tell them apart.
    for obj in (old, new):
        for container in containers(obj):
            container.pop("ports", None)
    before = copy.deepcopy(old)
    assert strategic.apply(old, difference(old, new, DEPLOYMENT), DEPLOYMENT) == new
    assert old == before


def test_service_ports_merge_by_port() -> None:
    live = {"spec": {"ports": [{"port": 80, "name": "web"}, {"port": 81}]}}
    patch = {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}
    assert strategic.apply(live, patch, struct("", "v1", "Service"))["spec"]["ports"] == [
        {"port": 80, "name": "web", "targetPort": 8080},
        {"port": 81},
    ]
