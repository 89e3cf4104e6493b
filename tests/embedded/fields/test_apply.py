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
    managers,
    struct,
)

from tenter.embedded.fields import FieldConflicts, TypedPatchError, apply, update
from tenter.embedded.fields.comparison import applied_set
from tenter.embedded.fields.sets import difference, paths, union
from tenter.embedded.schema import default
from tenter.manifests import Manifest

T0, T1, T2 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01T00:00:02Z"


def applying(
    live: Manifest | None, obj: Manifest, manager: str = "a", *, force: bool = False, now: str = T0
) -> Manifest:
    type_ = DEPLOYMENT if obj["kind"] == "Deployment" else CONFIG_MAP
    return apply(live, obj, type_, manager=manager, force=force, now=now)


def test_the_first_apply_creates_and_owns_what_it_states() -> None:
    made = applying(None, config_map({"x": "1"}, labels={"l": "1"}))
    assert made["data"] == {"x": "1"}
    assert made["metadata"]["managedFields"] == [
        {
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:x": {}}, "f:metadata": {"f:labels": {"f:l": {}}}},
            "manager": "a",
            "operation": "Apply",
            "time": T0,
        }
    ]


@given(deployments())
def test_to_apply_the_same_twice_changes_nothing(obj: Manifest) -> None:
    first = default(applying(None, obj), DEPLOYMENT)
    assert default(applying(first, obj, now=T1), DEPLOYMENT) == first


@given(deployments(), deployments())
def test_to_apply_never_changes_its_arguments(one: Manifest, two: Manifest) -> None:
    live = applying(None, one)
    before = copy.deepcopy((live, two))
    applying(live, two, now=T1)
    applying(live, two, "b", force=True, now=T1)
    assert (live, two) == before


@given(deployments(), deployments())
def test_a_second_apply_leaves_exactly_what_it_states(one: Manifest, two: Manifest) -> None:
    live = applying(applying(None, one), two, now=T1)
    fresh = applying(None, two, now=T1)
    assert by_key(live) == by_key(fresh)


def by_key(obj: Manifest) -> Manifest:
    """Return ``obj`` with its keyed lists in one order and without times."""
    obj = copy.deepcopy(obj)
    obj["metadata"].pop("managedFields")
    obj["metadata"].get("finalizers", []).sort()
    containers = obj["spec"]["template"]["spec"]["containers"]
    containers.sort(key=lambda c: c["name"])
    for container in containers:
        container.get("env", []).sort(key=lambda e: e["name"])
        container.get("ports", []).sort(
            key=lambda p: (p["containerPort"], p.get("protocol", "TCP"))
        )
    return obj


@given(deployments(), deployments())
def test_after_a_forced_apply_every_field_has_an_owner(one: Manifest, two: Manifest) -> None:
    live = applying(applying(None, one), two, "b", force=True, now=T1)
    owned: dict[str, Any] = {}
    for fields in managers(live).values():
        owned = union(owned, fields)
    assert not list(paths(difference(applied_set(live, DEPLOYMENT), owned)))


@given(deployments(), deployments())
def test_a_forced_apply_holds_all_it_states(one: Manifest, two: Manifest) -> None:
    live = applying(applying(None, one), two, "b", force=True, now=T1)
    assert managers(live)["b"] == applied_set(two, DEPLOYMENT)
    assert default(applying(live, two, "b", now=T2), DEPLOYMENT) == default(live, DEPLOYMENT)


@given(deployments(), deployments())
def test_without_conflict_both_managers_have_what_they_state(one: Manifest, two: Manifest) -> None:
    try:
        live = applying(applying(None, one), two, "b", now=T1)
    except FieldConflicts:
        return
    assert by_key(applying(live, one, now=T2)) == by_key(live)
    assert by_key(applying(live, two, "b", now=T2)) == by_key(live)


def test_two_managers_of_different_fields_merge_without_conflict() -> None:
    live = applying(applying(None, config_map({"x": "1"})), config_map({"y": "2"}), "b", now=T1)
    assert live["data"] == {"x": "1", "y": "2"}
    assert managers(live) == {"a": {"f:data": {"f:x": {}}}, "b": {"f:data": {"f:y": {}}}}


def test_a_field_of_another_manager_is_a_conflict() -> None:
    live = applying(None, config_map({"x": "1", "y": "1"}))
    with pytest.raises(FieldConflicts) as caught:
        applying(live, config_map({"x": "2"}), "b", now=T1)
    assert str(caught.value) == 'Apply failed with 1 conflict: conflict with "a": .data.x'
    assert [cause.as_dict for cause in caught.value.causes] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "a"', "field": ".data.x"}
    ]


def test_several_conflicts_are_listed_by_manager() -> None:
    live = applying(None, config_map({"x": "1", "y": "1"}))
    updated = {**live, "data": {"x": "3", "y": "1"}}
    live = update(live, updated, CONFIG_MAP, manager="edit", now=T1)
    with pytest.raises(FieldConflicts) as caught:
        applying(live, config_map({"x": "2", "y": "2"}), "b", now=T2)
    assert str(caught.value) == (
        "Apply failed with 2 conflicts: "
        'conflicts with "a":\n- .data.y\nconflicts with "edit" using v1:\n- .data.x'
    )


def test_to_state_the_same_value_shares_the_field() -> None:
    live = applying(applying(None, config_map({"x": "1"})), config_map({"x": "1"}), "b", now=T1)
    assert managers(live) == {"a": {"f:data": {"f:x": {}}}, "b": {"f:data": {"f:x": {}}}}


def test_a_shared_field_stays_until_its_last_owner_lets_go() -> None:
    both = applying(applying(None, config_map({"x": "1"})), config_map({"x": "1"}), "b", now=T1)
    one = applying(both, config_map(), "a", now=T2)
    assert one["data"] == {"x": "1"}
    none = applying(one, config_map(), "b", now=T2)
    assert "data" not in none
    assert none["metadata"]["name"] == "c"


def test_force_takes_the_field_from_its_owner() -> None:
    live = applying(None, config_map({"x": "1"}))
    live = applying(live, config_map({"x": "2"}), "b", force=True, now=T1)
    assert live["data"] == {"x": "2"}
    assert managers(live) == {"b": {"f:data": {"f:x": {}}}}


def test_a_field_no_longer_applied_goes_and_defaults_beside_it_stay() -> None:
    first = deployment({"name": "m", "image": "i"}, strategy={"type": "Recreate"})
    live = default(applying(None, first), DEPLOYMENT)
    live = applying(live, deployment({"name": "m", "image": "i"}), now=T1)
    assert "strategy" not in live["spec"]
    assert live["spec"]["revisionHistoryLimit"] == 10


def test_an_item_no_longer_applied_goes_with_its_defaults() -> None:
    live = applying(None, deployment({"name": "m", "image": "i"}, {"name": "n", "image": "i"}))
    live = applying(default(live, DEPLOYMENT), deployment({"name": "m", "image": "i"}), now=T1)
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["m"]


def test_an_atomic_list_is_replaced_as_one() -> None:
    live = applying(None, deployment({"name": "m", "args": ["1", "2"]}))
    live = applying(live, deployment({"name": "m", "args": ["3"]}), now=T1)
    assert live["spec"]["template"]["spec"]["containers"][0]["args"] == ["3"]


def test_an_atomic_map_is_one_field() -> None:
    live = applying(None, deployment({"name": "m"}, selector={"matchLabels": {"a": "1"}}))
    with pytest.raises(FieldConflicts, match=r"\.spec\.selector$"):
        applying(live, deployment({"name": "m"}, selector={"matchLabels": {"b": "1"}}), "b")


def test_a_set_keeps_the_members_of_all() -> None:
    live = applying(None, config_map(finalizers=["x/a", "x/b"]))
    live = applying(live, config_map(finalizers=["x/c"]), "b", now=T1)
    assert live["metadata"]["finalizers"] == ["x/a", "x/b", "x/c"]
    live = applying(live, config_map(), "a", now=T2)
    assert live["metadata"]["finalizers"] == ["x/c"]


def test_a_keyed_item_is_told_by_its_defaulted_key() -> None:
    live = applying(None, deployment({"name": "m", "ports": [{"containerPort": 80}]}))
    tcp = {"containerPort": 80, "protocol": "TCP", "name": "web"}
    live = applying(live, deployment({"name": "m", "ports": [tcp]}), "b", now=T1)
    assert live["spec"]["template"]["spec"]["containers"][0]["ports"] == [tcp]


def test_applied_items_keep_their_order() -> None:
    live = applying(None, deployment({"name": "a"}, {"name": "b"}, {"name": "c"}))
    live = applying(live, deployment({"name": "c"}, {"name": "new"}, {"name": "a"}), "b", now=T1)
    names = [c["name"] for c in live["spec"]["template"]["spec"]["containers"]]
    assert [n for n in names if n != "b"] == ["c", "new", "a"]
    assert set(names) == {"a", "b", "c", "new"}


def test_the_time_of_an_entry_moves_only_when_something_changes() -> None:
    live = applying(None, config_map({"x": "1"}))
    live = applying(live, config_map({"x": "1"}), now=T1)
    assert live["metadata"]["managedFields"][0]["time"] == T0
    live = applying(live, config_map({"x": "2"}), now=T1)
    assert live["metadata"]["managedFields"][0]["time"] == T1
    live = applying(live, config_map({"x": "2", "y": "1"}), now=T2)
    assert live["metadata"]["managedFields"][0]["time"] == T2


def test_an_object_without_managers_belonged_to_somebody_before() -> None:
    live = config_map({"x": "1"})
    with pytest.raises(FieldConflicts, match=r'"before-first-apply" using v1: \.data\.x'):
        applying(live, config_map({"x": "2"}))


def test_another_writing_of_a_quantity_is_another_value() -> None:
    small = {"name": "m", "resources": {"limits": {"cpu": "1000m"}}}
    live = default(applying(None, deployment(small)), DEPLOYMENT)
    with pytest.raises(FieldConflicts):
        applying(live, deployment(small), manager="b")


def test_a_null_takes_a_field_away() -> None:
    live = applying(None, deployment({"name": "m"}, replicas=3))
    live = applying(live, deployment({"name": "m"}, replicas=None), now=T1)
    assert "replicas" not in live["spec"]


def test_an_undeclared_field_is_refused() -> None:
    with pytest.raises(TypedPatchError) as caught:
        applying(None, {**config_map({"x": "1"}), "invalidKey": 1})
    assert str(caught.value) == (
        "failed to create typed patch object (default/c; /v1, Kind=ConfigMap):"
        " .invalidKey: field not declared in schema"
    )


def test_two_entries_of_one_key_are_refused() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    with pytest.raises(TypedPatchError) as caught:
        applying(None, deployment({"name": "m", "env": env}))
    assert str(caught.value) == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment):"
        ' .spec.template.spec.containers[name="m"].env: duplicate entries for key [name="A"]'
    )


def test_a_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(TypedPatchError, match=r"\.data\.x: expected string, got .*Value:1}$"):
        applying(None, config_map({"x": 1}))  # type: ignore[dict-item]


def test_an_item_without_its_key_is_refused() -> None:
    with pytest.raises(TypedPatchError, match='omits key field "name"'):
        applying(None, deployment({"image": "i"}))


def test_a_custom_kind_merges_by_its_schema() -> None:
    from tenter.embedded.schema import Types

    rules = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["id"],
        "items": {"type": "object", "properties": {"id": {"type": "string"}}},
    }
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    spec = {"type": "object", "properties": {"rules": rules, "free": free}}
    schema = {"type": "object", "properties": {"spec": spec}}
    type_ = Types.load().from_crd(schema, group="g.io", version="v1", kind="Thing")
    head = {"apiVersion": "g.io/v1", "kind": "Thing", "metadata": {"name": "t"}}
    one = {**head, "spec": {"rules": [{"id": "1"}], "free": {"a": {"b": 1}}}}
    two = {**head, "spec": {"rules": [{"id": "2"}], "free": {"a": {"c": 2}}}}
    live = apply(None, one, type_, manager="a", force=False, now=T0)
    live = apply(live, two, type_, manager="b", force=False, now=T1)
    assert live["spec"] == {
        "rules": [{"id": "1"}, {"id": "2"}],
        "free": {"a": {"b": 1, "c": 2}},
    }


def test_status_and_spec_appliers_are_told_apart() -> None:
    type_ = struct("apps", "v1", "Deployment")
    live = applying(None, deployment({"name": "m"}))
    head = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    status = {**head, "status": {"observedGeneration": 1}}
    live = apply(live, status, type_, manager="a", force=False, now=T1, subresource="status")
    entries = live["metadata"]["managedFields"]
    assert [entry.get("subresource") for entry in entries] == [None, "status"]
    assert live["spec"]["template"]["spec"]["containers"] == [{"name": "m"}]
