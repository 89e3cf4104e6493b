from typing import Any

import pytest
from hypothesis import given, settings
from tests.diff.server import Server, content, deployments, type_of

from tenter.diff import annotated, client_patch, read_ownership
from tenter.embedded.patches import strategic
from tenter.embedded.schema import prune
from tenter.manifests import Manifest
from tenter.manifests.masking import LAST_APPLIED


class ClientSide:
    """A server to which targets are applied as kubectl does it."""

    def __init__(self) -> None:
        self.server = Server()

    def patch(self, target: Manifest) -> dict[str, Any]:
        live = self.server.live
        assert live is not None
        ownership = read_ownership(live, live["metadata"].get("managedFields"))
        return client_patch(target, live, ownership).body

    def apply(self, target: Manifest) -> Manifest:
        if self.server.live is None:
            return self.server.put(prune(annotated(target), type_of(target)), "tenter")
        body = self.patch(target)
        type_ = type_of(target)
        new = strategic.apply(self.server.live, body, type_)
        return self.server.put(prune(new, type_), "tenter")


def shown(obj: Manifest) -> Manifest:
    """Return the content of ``obj``; finalizers are a set, whose order says nothing."""
    found = content(obj)
    metadata = {**found["metadata"], "finalizers": sorted(found["metadata"].get("finalizers", []))}
    metadata["annotations"] = {
        name: text for name, text in metadata["annotations"].items() if name != LAST_APPLIED
    }
    return {**found, "metadata": metadata}


def deployment(*containers: dict[str, Any], **spec: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {**spec, "template": {"spec": {"containers": list(containers)}}},
    }


def config(**data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def box(**spec: Any) -> Manifest:
    return {"apiVersion": "a.example/v1", "kind": "Box", "metadata": {"name": "b"}, "spec": spec}


@settings(max_examples=60)
@given(deployments(), deployments())
def test_the_patch_leads_to_what_a_creation_would_have_made(
    before: Manifest, after: Manifest
) -> None:
    patched = ClientSide()
    patched.apply(before)
    patched.apply(after)
    fresh = ClientSide()
    fresh.apply(after)
    left = shown(patched.server.live or {})
    right = shown(fresh.server.live or {})
    if "strategy" not in after["spec"]:
        # It stays as it is, as with kubectl: only the fields that were written are unset.
        left["spec"].pop("strategy", None)
        right["spec"].pop("strategy", None)
    assert left == right


@settings(max_examples=60)
@given(deployments())
def test_an_unchanged_target_needs_no_patch_but_for_amounts(target: Manifest) -> None:
    client = ClientSide()
    client.apply(target)
    before = content(client.server.live)
    client.apply(target)
    assert content(client.server.live) == before


def test_what_others_added_stays() -> None:
    client = ClientSide()
    client.apply(config(mine="1"))
    client.server.update(lambda obj: obj["data"].update(theirs="2"))
    client.apply(config(mine="3"))
    assert client.server.live is not None
    assert client.server.live["data"] == {"mine": "3", "theirs": "2"}


def test_what_the_source_dropped_goes() -> None:
    client = ClientSide()
    client.apply(config(mine="1", old="2"))
    assert client.patch(config(mine="1"))["data"] == {"old": None}


@pytest.mark.parametrize("manager", ["tenter", "kubectl", "argocd-controller"])
def test_what_was_applied_server_side_and_dropped_goes_too(manager: str) -> None:
    client = ClientSide()
    client.server.apply(config(mine="1", old="2"), manager)
    assert client.patch(config(mine="1"))["data"] == {"old": None}


def test_an_item_that_the_source_dropped_goes() -> None:
    client = ClientSide()
    client.apply(deployment({"name": "a", "image": "x"}, {"name": "b", "image": "x"}))
    body = client.patch(deployment({"name": "a", "image": "x"}))
    assert body["spec"]["template"]["spec"]["containers"] == [{"$patch": "delete", "name": "b"}]


def test_ports_of_one_number_are_replaced_as_a_whole() -> None:
    dns = [{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]
    client = ClientSide()
    client.apply(deployment({"name": "a", "image": "x", "ports": dns[:1]}))
    client.apply(deployment({"name": "a", "image": "x", "ports": dns}))
    assert client.server.live is not None
    (container,) = client.server.live["spec"]["template"]["spec"]["containers"]
    assert [port["protocol"] for port in container["ports"]] == ["TCP", "UDP"]


def test_another_strategy_leaves_nothing_of_the_first() -> None:
    client = ClientSide()
    client.apply(deployment({"name": "a", "image": "x"}))
    client.apply(deployment({"name": "a", "image": "x"}, strategy={"type": "Recreate"}))
    assert client.server.live is not None
    assert client.server.live["spec"]["strategy"] == {"type": "Recreate"}


def test_lists_of_custom_resources_are_replaced_as_a_whole() -> None:
    live = annotated(box(env=[{"name": "a", "value": "1"}]))
    patch = client_patch(box(env=[{"name": "a", "value": "2"}]), live, read_ownership(live, []))
    assert not patch.strategic
    assert patch.body["spec"] == {"env": [{"name": "a", "value": "2"}]}


def test_what_the_server_wrote_is_not_taken_for_applied_where_nothing_was_noted() -> None:
    namespace: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
    live = {**namespace, "metadata": {"name": "n", "uid": "1"}, "spec": {"finalizers": ["x"]}}
    body = client_patch(namespace, live, read_ownership(live, None)).body
    assert list(body) == ["metadata"]
    assert list(body["metadata"]) == ["annotations"]


def test_defaults_and_amounts_within_whole_lists_need_no_patch() -> None:
    policy: Manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"ingress": [{"ports": [{"port": 80}]}], "egress": []},
    }
    live = annotated(policy)
    live["spec"] = {"ingress": [{"ports": [{"port": 80, "protocol": "TCP"}]}], "egress": None}
    assert client_patch(policy, live, read_ownership(live, [])).body == {}
