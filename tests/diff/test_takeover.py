from typing import Any

import pytest
from tests.diff.server import Server

from tenter.diff import annotated, taken_over
from tenter.manifests import Manifest


def config(**data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment(**spec: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {**spec, "template": {"spec": {"containers": [{"name": "a", "image": "x"}]}}},
    }


def take_over(server: Server, target: Manifest) -> list[Any]:
    assert server.live is not None
    entries = taken_over(target, server.live, server.live["metadata"]["managedFields"])
    assert entries is not None
    server.live["metadata"]["managedFields"] = entries
    return entries


@pytest.mark.parametrize(
    "manager", ["argocd-controller", "kubectl", "kubectl-client-side-apply", "before-first-apply"]
)
@pytest.mark.parametrize("client_side", [True, False])
def test_a_field_that_a_predecessor_applied_goes_with_the_next_apply(
    manager: str, *, client_side: bool
) -> None:
    server = Server()
    if client_side:
        server.put(annotated(config(mine="1", old="2")), manager)
    else:
        server.apply(config(mine="1", old="2"), manager)
    take_over(server, config(mine="1"))
    assert server.apply(config(mine="1"))["data"] == {"mine": "1"}


def test_nobody_else_is_left_as_owner_of_what_was_taken_over() -> None:
    server = Server()
    server.put(annotated(config(mine="1")), "kubectl-client-side-apply")
    server.apply(config(mine="1"))
    entries = take_over(server, config(mine="1"))
    assert [(e["manager"], e["operation"]) for e in entries] == [("tenter", "Apply")]


def test_what_others_own_stays_theirs() -> None:
    server = Server()
    server.put(annotated(config(mine="1")), "kubectl-client-side-apply")
    server.update(lambda obj: obj["data"].update(theirs="2"))
    take_over(server, config())
    assert server.apply(config())["data"] == {"theirs": "2"}


def test_defaults_beside_what_was_written_stay_as_they_are() -> None:
    server = Server()
    server.put(annotated(deployment()), "kubectl-client-side-apply")
    server.live = {**(server.live or {})}
    server.live["spec"] = {**server.live["spec"], "revisionHistoryLimit": 3}
    take_over(server, deployment())
    assert server.apply(deployment())["spec"]["revisionHistoryLimit"] == 3


def test_an_entry_of_a_subresource_is_left_alone() -> None:
    live = config(mine="1")
    scaled = {
        "manager": "kubectl",
        "operation": "Update",
        "apiVersion": "v1",
        "subresource": "scale",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }
    assert taken_over(config(), live, [scaled]) is None


def test_what_is_tenters_alone_needs_no_takeover() -> None:
    server = Server()
    live = server.apply(config(mine="1"))
    assert taken_over(config(mine="1"), live, live["metadata"]["managedFields"]) is None
