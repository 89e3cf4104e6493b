from __future__ import annotations

from typing import Any

from hypothesis import given
from tests.embedded.fields.objects import (
    CONFIG_MAP,
    DEPLOYMENT,
    config_map,
    deployment,
    deployments,
    managers,
)

from tenter.embedded.fields import apply, update
from tenter.embedded.fields.comparison import applied_set
from tenter.embedded.fields.sets import difference, paths, union
from tenter.embedded.schema import default
from tenter.manifests import Manifest

T0, T1 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"


def test_a_creator_owns_maps_that_were_not_there() -> None:
    made = update(None, config_map({"x": "1"}), CONFIG_MAP, manager="kubectl-create", now=T0)
    (entry,) = made["metadata"]["managedFields"]
    assert entry["operation"] == "Update"
    assert entry["fieldsV1"] == {"f:data": {".": {}, "f:x": {}}}


def test_a_creator_does_not_own_structs_that_always_stand() -> None:
    obj = deployment({"name": "m", "ports": [{"containerPort": 80, "protocol": "TCP"}]})
    made = update(None, obj, DEPLOYMENT, manager="m", now=T0)
    container: dict[str, Any] = {
        ".": {},
        "f:name": {},
        "f:ports": {
            ".": {},
            'k:{"containerPort":80,"protocol":"TCP"}': {
                ".": {},
                "f:containerPort": {},
                "f:protocol": {},
            },
        },
    }
    assert managers(made)["m"] == {
        "f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"m"}': container}}}}
    }


@given(deployments())
def test_a_creator_owns_every_field(obj: Manifest) -> None:
    obj["spec"]["template"]["metadata"] = {"labels": {"app": "web"}}  # empty, it would only stand
    made = update(None, default(obj, DEPLOYMENT), DEPLOYMENT, manager="m", now=T0)
    stated = applied_set({k: v for k, v in made.items() if k != "status"}, DEPLOYMENT)
    assert not list(paths(difference(stated, managers(made)["m"])))


@given(deployments(), deployments())
def test_what_changed_has_one_owner(one: Manifest, two: Manifest) -> None:
    live = apply(None, one, DEPLOYMENT, manager="a", force=False, now=T0)
    new = {**two, "metadata": {**two["metadata"]}}
    live = update(live, new, DEPLOYMENT, manager="b", now=T1)
    owned: dict[str, Any] = {}
    for fields in managers(live).values():
        owned = union(owned, fields)
    assert not list(paths(difference(applied_set(live, DEPLOYMENT), owned)))


def test_a_change_takes_the_field_from_its_applier() -> None:
    live = apply(
        None, config_map({"x": "1", "y": "1"}), CONFIG_MAP, manager="a", force=False, now=T0
    )
    live = update(live, {**live, "data": {"x": "2", "y": "1"}}, CONFIG_MAP, manager="b", now=T1)
    assert managers(live) == {"a": {"f:data": {"f:y": {}}}, "b": {"f:data": {"f:x": {}}}}


def test_a_removal_is_forgotten_by_all() -> None:
    live = apply(
        None, config_map({"x": "1", "y": "1"}), CONFIG_MAP, manager="a", force=False, now=T0
    )
    live = update(live, {**live, "data": {"y": "1"}}, CONFIG_MAP, manager="b", now=T1)
    assert managers(live) == {"a": {"f:data": {"f:y": {}}}}


def test_an_update_of_nothing_changes_nothing() -> None:
    live = update(None, config_map({"x": "1"}), CONFIG_MAP, manager="a", now=T0)
    assert update(live, config_map({"x": "1"}), CONFIG_MAP, manager="b", now=T1) == live


def test_a_writer_without_managed_fields_keeps_those_of_others() -> None:
    live = update(None, config_map({"x": "1"}), CONFIG_MAP, manager="a", now=T0)
    live = update(live, config_map({"x": "1", "y": "2"}), CONFIG_MAP, manager="b", now=T1)
    assert managers(live) == {
        "a": {"f:data": {".": {}, "f:x": {}}},
        "b": {"f:data": {"f:y": {}}},
    }


def test_managed_fields_can_be_reset() -> None:
    live = update(None, config_map({"x": "1"}), CONFIG_MAP, manager="a", now=T0)
    new = config_map({"x": "1"}, managedFields=[{}])
    assert "managedFields" not in update(live, new, CONFIG_MAP, manager="b", now=T1)["metadata"]


def test_managed_fields_can_be_rewritten() -> None:
    live = update(None, config_map({"x": "1"}), CONFIG_MAP, manager="kubectl-edit", now=T0)
    (entry,) = live["metadata"]["managedFields"]
    new = config_map({"x": "1"}, managedFields=[{**entry, "manager": "mine", "operation": "Apply"}])
    assert list(managers(update(live, new, CONFIG_MAP, manager="b", now=T1))) == ["mine"]


def test_a_status_writer_is_told_apart() -> None:
    live = update(None, deployment({"name": "m"}), DEPLOYMENT, manager="a", now=T0)
    new = {**live, "status": {"replicas": 1}}
    live = update(live, new, DEPLOYMENT, manager="a", now=T1, subresource="status")
    entry = live["metadata"]["managedFields"][1]
    assert entry["subresource"] == "status"
    assert entry["fieldsV1"] == {"f:status": {"f:replicas": {}}}


def test_what_is_there_twice_is_owned_as_one_value() -> None:
    once = config_map(finalizers=["a/x"])
    live = apply(None, once, CONFIG_MAP, manager="one", force=False, now=T0)
    twice = {**live, "metadata": {**live["metadata"], "finalizers": ["a/x", "a/x"]}}

    written = update(live, twice, CONFIG_MAP, manager="two", now=T1)

    assert managers(written) == {"two": {"f:metadata": {"f:finalizers": {'v:"a/x"': {}}}}}


def test_the_oldest_of_many_writers_are_remembered_together() -> None:
    live = config_map({"x0": ""})
    live = update(None, live, CONFIG_MAP, manager="m0", now=T0)
    for number in range(1, 12):
        data = {**live["data"], f"x{number}": ""}
        now = f"2024-01-01T00:00:{number:02}Z"
        live = update(live, {**live, "data": data}, CONFIG_MAP, manager=f"m{number}", now=now)
    known = managers(live)
    assert len(known) == 10
    assert known["ancient-changes"]["f:data"] == {".": {}, "f:x0": {}, "f:x1": {}, "f:x2": {}}
    assert {"m0", "m1", "m2"}.isdisjoint(known)


def test_who_applies_is_remembered_whoever_writes() -> None:
    live = apply(None, config_map({"a": ""}), CONFIG_MAP, manager="gitops", force=False, now=T0)
    for number in range(20):
        data = {**live["data"], f"x{number}": ""}
        live = update(live, {**live, "data": data}, CONFIG_MAP, manager=f"m{number:02}", now=T1)
    assert "gitops" in managers(live)
    assert len(managers(live)) == 11
