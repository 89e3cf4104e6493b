from typing import Any

import pytest
from tests.diff.server import Server

from tenter.diff import Verdict, compare, plain_secret, read_ownership
from tenter.manifests import Manifest


def config(**data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment(**container: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "main", **container}]}}},
    }


def test_the_field_that_differs_is_named() -> None:
    server = Server()
    server.apply(deployment(image="a", env=[{"name": "COLOUR", "value": "blue"}]))
    found = server.compare(deployment(image="a", env=[{"name": "COLOUR", "value": "red"}]))
    assert found.fields == ("spec.template.spec.containers[name=main].env[name=COLOUR].value",)


def test_defaults_that_the_server_adds_are_no_difference() -> None:
    server = Server()
    server.apply(deployment(image="a"))
    assert server.compare(deployment(image="a")).verdict is Verdict.SYNCED


def test_what_others_add_is_no_difference() -> None:
    server = Server()
    server.apply(config(mine="1"))
    server.update(lambda obj: obj["data"].update(theirs="2"))
    assert server.compare(config(mine="1")).verdict is Verdict.SYNCED


def test_a_field_of_ours_that_the_target_dropped_is_a_difference() -> None:
    server = Server()
    server.apply(config(mine="1", old="2"))
    assert server.compare(config(mine="1")).fields == ("data.old",)


@pytest.mark.parametrize(
    ("manager", "updates"),
    [("argocd-controller", False), ("kubectl", False), ("kubectl-client-side-apply", True)],
)
def test_a_dropped_field_that_a_predecessor_applied_is_certain_to_differ(
    manager: str, *, updates: bool
) -> None:
    server = Server()
    if updates:
        server.put(config(mine="1", old="2"), manager)
    else:
        server.apply(config(mine="1", old="2"), manager)
    found = server.compare(config(mine="1"))
    assert (found.verdict, found.fields) == (Verdict.DIFFERS, ("data.old",))


def test_what_a_predecessor_owns_is_not_settled() -> None:
    server = Server()
    server.apply(config(mine="1"), "argocd-controller")
    found = server.compare(config(mine="1"))
    assert (found.verdict, found.settled) == (Verdict.SYNCED, False)


def test_amounts_of_built_in_kinds_may_be_written_in_any_way() -> None:
    server = Server()
    target = deployment(image="a", resources={"limits": {"cpu": "1000m", "memory": "1024Mi"}})
    server.apply(target)
    assert server.compare(target).verdict is Verdict.SYNCED


def test_amounts_of_custom_kinds_are_for_the_server_to_judge() -> None:
    live = {"apiVersion": "a.example/v1", "kind": "Box", "metadata": {}, "limits": {"cpu": "1"}}
    entry = {"manager": "tenter", "operation": "Apply", "apiVersion": "a.example/v1"}
    entry["fieldsV1"] = {"f:limits": {"f:cpu": {}}}  # type: ignore[assignment]
    target = {**live, "limits": {"cpu": "1000m"}}
    found = compare(target, live, read_ownership(live, [entry]))
    assert found.verdict is Verdict.UNDECIDED


def test_an_empty_list_is_as_good_as_none() -> None:
    server = Server()
    target = deployment(image="a", env=[], volumeMounts=None)
    server.apply(deployment(image="a"))
    assert server.compare(target).verdict is Verdict.SYNCED


def test_an_empty_list_that_would_take_items_away_is_a_difference() -> None:
    server = Server()
    server.apply(deployment(image="a"))
    server.update(lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(args=["x"]))
    found = server.compare(deployment(image="a", args=[]))
    assert found.verdict is Verdict.UNDECIDED


def test_an_empty_struct_is_not_nothing() -> None:
    server = Server()
    server.apply(deployment(image="a"))
    found = server.compare(deployment(image="a", securityContext={}))
    assert found.verdict is Verdict.UNDECIDED


def test_the_order_of_keyed_items_counts() -> None:
    def ordered(*names: str) -> Manifest:
        target = deployment(image="a")
        target["spec"]["template"]["spec"]["initContainers"] = [
            {"name": name, "image": "a"} for name in names
        ]
        return target

    server = Server()
    server.apply(ordered("x", "y"))
    assert server.compare(ordered("y", "x")).verdict is Verdict.UNDECIDED


def test_true_is_not_one() -> None:
    live = {"apiVersion": "a.example/v1", "kind": "Box", "metadata": {}, "spec": {"on": True}}
    entry = {
        "manager": "tenter",
        "operation": "Apply",
        "apiVersion": "a.example/v1",
        "fieldsV1": {"f:spec": {"f:on": {}}},
    }
    found = compare({**live, "spec": {"on": 1}}, live, read_ownership(live, [entry]))
    assert found.verdict is Verdict.UNDECIDED


def test_status_is_not_compared() -> None:
    server = Server()
    server.apply(deployment(image="a"))
    target = {**deployment(image="a"), "status": {"replicas": 7}}
    found = server.compare(target)
    assert (found.verdict, found.settled) == (Verdict.SYNCED, False)


def test_an_object_without_owners_is_for_the_server_to_judge() -> None:
    live = config(a="1")
    assert compare(live, live, read_ownership(live, None)).verdict is Verdict.UNDECIDED


def test_another_api_version_is_for_the_server_to_judge() -> None:
    server = Server()
    server.apply(config(a="1"))
    found = server.compare({**config(a="1"), "apiVersion": "v2"})
    assert found.verdict is Verdict.UNDECIDED


def test_texts_of_a_secret_are_compared_as_the_server_stores_them() -> None:
    secret: Manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "default"},
        "stringData": {"password": "hunter2"},
        "data": {"folded": "YWJj\nZGVm\n"},
    }
    plain = plain_secret(secret)
    assert plain["data"] == {"folded": "YWJjZGVm", "password": "aHVudGVyMg=="}
    assert "stringData" not in plain
    assert "stringData" in secret


def owned(obj: Manifest, tree: dict[str, Any]) -> list[dict[str, Any]]:
    entry = {"manager": "tenter", "operation": "Apply", "apiVersion": obj["apiVersion"]}
    return [{**entry, "fieldsV1": tree}]


def probe(**fields: Any) -> Manifest:
    spec = {"containers": [{"name": "a", "livenessProbe": fields}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}


def probe_owner(field: str) -> dict[str, Any]:
    container: dict[str, Any] = {".": {}, "f:name": {}, "f:livenessProbe": {f"f:{field}": {}}}
    return {"f:spec": {"f:containers": {'k:{"name":"a"}': container}}}


def test_a_zero_of_ours_that_the_server_does_not_keep_is_there() -> None:
    live = probe()
    entries = owned(live, probe_owner("initialDelaySeconds"))
    found = compare(probe(initialDelaySeconds=0), live, read_ownership(live, entries))
    assert found.verdict is Verdict.SYNCED


def test_a_zero_that_someone_took_away_is_for_the_server_to_judge() -> None:
    live = probe()
    entries = owned(live, probe_owner("periodSeconds"))
    found = compare(probe(initialDelaySeconds=0), live, read_ownership(live, entries))
    assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("target", "live", "decided"),
    [
        ([{"port": 80}], [{"port": 80, "protocol": "TCP"}], True),
        ([{"port": 80}], [{"port": 80, "protocol": "UDP"}], False),
        ([{"port": 80}], [{"port": 80}, {"port": 81}], False),
        ([{"port": 80, "endPort": 0}], [{"port": 80, "protocol": "TCP"}], False),
    ],
)
def test_defaults_within_lists_that_are_owned_as_a_whole_are_known(
    target: list[Any], live: list[Any], *, decided: bool
) -> None:
    def policy(ports: list[Any]) -> Manifest:
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {},
            "spec": {"ingress": [{"ports": ports}]},
        }

    entries = owned(policy(live), {"f:spec": {"f:ingress": {}}})
    found = compare(policy(target), policy(live), read_ownership(policy(live), entries))
    assert (found.verdict is Verdict.SYNCED) is decided


def test_a_list_that_is_null_in_live_is_as_good_as_empty() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {}}
    live = {**role, "rules": None}
    entries = owned(live, {"f:rules": {}})
    found = compare({**role, "rules": []}, live, read_ownership(live, entries))
    assert found.verdict is Verdict.SYNCED


def test_items_that_are_owned_as_a_whole_are_settled_by_their_equality() -> None:
    def pod(*names: str) -> Manifest:
        spec = {"imagePullSecrets": [{"name": name} for name in names]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}

    entries = owned(pod("a"), {"f:spec": {"f:imagePullSecrets": {'k:{"name":"a"}': {}}}})
    found = compare(pod("a"), pod("a"), read_ownership(pod("a"), entries))
    assert (found.verdict, found.settled) == (Verdict.SYNCED, True)
    found = compare(pod("a", "b"), pod("a"), read_ownership(pod("a"), entries))
    assert found.verdict is Verdict.UNDECIDED
