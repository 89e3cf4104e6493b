from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers import daemonset, endpoints
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, Outcome, Patch
from tenter.manifests import Manifest

from .objects import NOW, SETTINGS, World, pod


def node(name: str, **labels: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def daemon_set(**template: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "shop", "uid": "ds-uid", "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": template},
        },
    }


def world(owner: Manifest, *nodes: Manifest) -> World:
    def reconcile(
        item: Manifest, pods: Sequence[Manifest], now: float, settings: ControllerSettings
    ) -> Outcome:
        return daemonset.reconcile(item, pods, nodes, now, settings)

    return World(owner, reconcile)


def test_each_node_gets_one_pod() -> None:
    cluster = world(daemon_set(), node("a"), node("b"))
    cluster.settle()
    assert sorted(item["spec"]["nodeName"] for item in cluster.items) == ["a", "b"]
    assert cluster.owner["status"]["desiredNumberScheduled"] == 2


def test_nodes_that_the_selector_does_not_fit_are_left_out() -> None:
    cluster = world(daemon_set(nodeSelector={"disk": "ssd"}), node("a"), node("b", disk="ssd"))
    cluster.settle()
    assert [item["spec"]["nodeName"] for item in cluster.items] == ["b"]


def test_a_new_template_replaces_the_pods() -> None:
    cluster = world(daemon_set(), node("a"))
    cluster.settle()
    (before,) = cluster.items
    cluster.owner["spec"]["template"] = {"metadata": {"labels": {"app": "agent"}}, "spec": {"x": 1}}
    cluster.settle()
    (after,) = cluster.items
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert cluster.owner["status"]["updatedNumberScheduled"] == 1


def service(**port: Any) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "uid": "service-uid"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, **port}]},
    }


def backend(name: str, *, ready: bool, address: str) -> Manifest:
    item = pod(name, "Running", ready=ready, labels={"app": "web"})
    item["status"]["podIP"] = address
    item["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 8080}]
    return item


def subsets(outcome: Outcome) -> Any:
    (write,) = outcome.writes
    assert isinstance(write, Create)
    return write.manifest["subsets"]


def test_ready_pods_are_addresses_and_others_are_told_apart() -> None:
    pods = [
        backend("a", ready=True, address="10.0.0.1"),
        backend("b", ready=False, address="10.0.0.2"),
    ]
    (subset,) = subsets(endpoints.reconcile(service(), pods, None, NOW, SETTINGS))
    assert [entry["ip"] for entry in subset["addresses"]] == ["10.0.0.1"]
    assert [entry["ip"] for entry in subset["notReadyAddresses"]] == ["10.0.0.2"]
    assert subset["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_a_named_target_port_is_looked_up_in_the_pod() -> None:
    pods = [backend("a", ready=True, address="10.0.0.1")]
    found = endpoints.reconcile(service(targetPort="http"), pods, None, NOW, SETTINGS)
    (subset,) = subsets(found)
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_endpoints_that_are_right_are_not_written_again() -> None:
    pods = [backend("a", ready=True, address="10.0.0.1")]
    (write,) = endpoints.reconcile(service(), pods, None, NOW, SETTINGS).writes
    assert endpoints.reconcile(service(), pods, write.manifest, NOW, SETTINGS).writes == ()
    (change,) = endpoints.reconcile(service(), [], write.manifest, NOW, SETTINGS).writes
    assert isinstance(change, Patch)
    assert change.changes == {"subsets": None}


def test_a_service_without_a_selector_has_its_endpoints_from_elsewhere() -> None:
    item = service()
    del item["spec"]["selector"]
    assert endpoints.reconcile(item, [], None, NOW, SETTINGS).writes == ()
