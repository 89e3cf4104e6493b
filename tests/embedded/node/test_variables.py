from __future__ import annotations

import base64
from typing import Any

import pytest

from tenter.embedded.node.behaviour import CannotStart
from tenter.embedded.node.variables import (
    Address,
    environment_of,
    expand,
    resource_of,
    service_variables,
)
from tenter.manifests import Manifest

ADDRESSES = {"podIP": "127.1.2.3", "hostIP": "127.0.0.1"}
POD: Manifest = {
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "uid": "u",
        "labels": {"app.kubernetes.io/name": "web"},
    },
    "spec": {"nodeName": "embedded", "containers": []},
}
OBJECTS: dict[tuple[str, str], Manifest] = {
    ("ConfigMap", "settings"): {
        "kind": "ConfigMap",
        "data": {"COLOUR": "red", "SIZE": "3", "not a name": "x"},
    },
    ("Secret", "key"): {
        "kind": "Secret",
        "data": {"password": base64.b64encode(b"s3cret").decode()},
    },
}


def environment(**container: Any) -> dict[str, str]:
    return environment_of(
        POD,
        container,
        lambda kind, name: OBJECTS.get((kind, name)),
        base={"PATH": "/bin", "WEB_SERVICE_HOST": "127.9.9.9"},
        addresses=ADDRESSES,
    )


def test_nothing_but_the_base_and_the_declared_is_there() -> None:
    assert environment(env=[{"name": "A", "value": "1"}]) == {
        "PATH": "/bin",
        "WEB_SERVICE_HOST": "127.9.9.9",
        "A": "1",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y2"),
        ("$(C)", "$(C)"),
        ("$$(A)", "$(A)"),
        ("$A", "$A"),
        ("$(A", "$(A"),
        ("$$$(A)", "$1"),
    ],
)
def test_references_to_variables_are_expanded(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == expected


def test_a_value_may_refer_to_what_is_defined_before_it() -> None:
    found = environment(
        env=[
            {"name": "URL", "value": "http://$(WEB_SERVICE_HOST)/$(LATER)"},
            {"name": "LATER", "value": "x"},
        ]
    )
    assert found["URL"] == "http://127.9.9.9/$(LATER)"


def test_values_come_from_config_maps_secrets_and_fields() -> None:
    found = environment(
        env=[
            {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "COLOUR"}}},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "key", "key": "password"}}},
            {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {
                "name": "D",
                "valueFrom": {
                    "fieldRef": {"fieldPath": "metadata.labels['app.kubernetes.io/name']"}
                },
            },
        ]
    )
    assert [found[name] for name in "ABCD"] == ["red", "s3cret", "127.1.2.3", "web"]


def test_all_of_a_config_map_is_taken_with_a_prefix_and_env_wins() -> None:
    found = environment(
        envFrom=[{"prefix": "S_", "configMapRef": {"name": "settings"}}],
        env=[{"name": "S_SIZE", "value": "9"}],
    )
    assert (found["S_COLOUR"], found["S_SIZE"]) == ("red", "9")
    assert "S_not a name" not in found


@pytest.mark.parametrize(
    "container",
    [
        {"envFrom": [{"configMapRef": {"name": "gone"}}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "x"}}}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "key", "key": "x"}}}]},
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.secret"}}}]},
    ],
)
def test_what_is_missing_is_a_configuration_error(container: dict[str, Any]) -> None:
    with pytest.raises(CannotStart) as caught:
        environment(**container)
    assert caught.value.reason == "CreateContainerConfigError"
    assert not caught.value.final


def test_what_is_optional_may_be_missing() -> None:
    reference = {"name": "gone", "key": "x", "optional": True}
    found = environment(
        env=[{"name": "A", "valueFrom": {"configMapKeyRef": reference}}],
        envFrom=[{"secretRef": {"name": "gone", "optional": True}}],
    )
    assert "A" not in found


def test_resources_are_whole_units_rounded_up() -> None:
    container = {"resources": {"limits": {"cpu": "1500m", "memory": "64Mi"}}}
    assert resource_of(POD, container, {"resource": "limits.cpu"}) == "2"
    memory = {"resource": "limits.memory", "divisor": "1Mi"}
    assert resource_of(POD, container, memory) == "64"


def test_services_are_told_by_variables_with_the_true_port() -> None:
    service = {
        "metadata": {"name": "shop-web"},
        "spec": {"ports": [{"port": 80, "name": "http"}, {"port": 9000}]},
    }
    found = service_variables([(service, Address("127.5.5.5", {80: 40080}))])
    assert found["SHOP_WEB_SERVICE_HOST"] == "127.5.5.5"
    assert found["SHOP_WEB_SERVICE_PORT"] == found["SHOP_WEB_SERVICE_PORT_HTTP"] == "40080"
    assert found["SHOP_WEB_PORT"] == "tcp://127.5.5.5:40080"
    assert found["SHOP_WEB_PORT_9000_TCP_ADDR"] == "127.5.5.5"
    assert found["SHOP_WEB_PORT_9000_TCP_PORT"] == "9000"
