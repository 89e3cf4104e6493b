"""EndpointSlices say where the Pods behind a Service are."""

from __future__ import annotations

from typing import Any

from tenter.embedded.controllers.endpoint_slices import reconcile
from tenter.embedded.controllers.writes import Create, Patch
from tenter.manifests import Manifest

SERVICE: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop", "uid": "s"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}


def pod(name: str, address: str, *, ready: bool = True, **metadata: Any) -> Manifest:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": "web"}}
        | metadata,
        "spec": {"nodeName": "one", "containers": []},
        "status": {"podIP": address, "phase": "Running", "conditions": conditions},
    }


def made(*pods: Manifest) -> Manifest:
    (write,) = reconcile(SERVICE, pods, ())
    assert isinstance(write, Create)
    return write.manifest


def test_a_service_gets_a_slice_of_its_pods_addresses_and_ports() -> None:
    slice_ = made(pod("a", "10.0.0.1"), pod("b", "10.0.0.2", ready=False))

    assert slice_["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert slice_["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert [(e["addresses"], e["conditions"]["ready"]) for e in slice_["endpoints"]] == [
        (["10.0.0.1"], True),
        (["10.0.0.2"], False),
    ]


def test_a_pod_that_ends_serves_on_but_is_not_ready() -> None:
    slice_ = made(pod("a", "10.0.0.1", deletionTimestamp="2026-01-01T00:00:00Z"))

    assert slice_["endpoints"][0]["conditions"] == {
        "ready": False,
        "serving": True,
        "terminating": True,
    }


def test_a_service_without_pods_has_an_empty_slice() -> None:
    assert made()["endpoints"] == []


def test_a_slice_follows_the_pods_and_else_stays() -> None:
    present = {**made(pod("a", "10.0.0.1")), "metadata": {"name": "web-x"}}

    assert reconcile(SERVICE, [pod("a", "10.0.0.1")], [present]) == ()
    (write,) = reconcile(SERVICE, [pod("a", "10.0.0.9")], [present])
    assert isinstance(write, Patch)
    assert write.changes["endpoints"][0]["addresses"] == ["10.0.0.9"]


def test_a_service_without_a_selector_is_left_to_its_owner() -> None:
    service = {**SERVICE, "spec": {"ports": [{"port": 80}]}}

    assert reconcile(service, [pod("a", "10.0.0.1")], ()) == ()
