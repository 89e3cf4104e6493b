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
