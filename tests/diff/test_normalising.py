import copy
from typing import Any

import pytest

from tenter.diff import normalised
from tenter.manifests import Manifest

RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
AGGREGATED = {"clusterRoleSelectors": [{"matchLabels": {"to": "admin"}}]}
EMPTY = [None, "", "Cg==", "ICAK", "\n"]
HELD = ["LS0t", "not base64!", 7]


def with_bundle(kind: str, bundle: Any) -> Manifest:
    """Return an object of ``kind`` whose CA bundle is ``bundle``."""
    client = {"service": {"name": "web"}, "caBundle": bundle}
    match kind:
        case "CustomResourceDefinition":
            spec = {"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": client}}}
            return {"apiVersion": "apiextensions.k8s.io/v1", "kind": kind, "spec": spec}
        case "APIService":
            return {"apiVersion": "apiregistration.k8s.io/v1", "kind": kind, "spec": client}
        case _:
            webhooks = [{"name": "a"}, {"name": "b", "clientConfig": client}]
            return {"apiVersion": ADMISSION, "kind": kind, "webhooks": webhooks}


BUNDLED = [
    "APIService",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
]


@pytest.mark.parametrize("kind", BUNDLED)
@pytest.mark.parametrize("bundle", EMPTY)
def test_a_bundle_without_a_certificate_is_left_to_who_fills_it_in(kind: str, bundle: Any) -> None:
    target = with_bundle(kind, bundle)
    before = copy.deepcopy(target)
    assert "caBundle" not in str(normalised(target))
    assert "service" in str(normalised(target)) or "clientConfig" in str(normalised(target))
    assert target == before


@pytest.mark.parametrize("kind", BUNDLED)
@pytest.mark.parametrize("bundle", HELD)
def test_any_other_bundle_is_the_sources(kind: str, bundle: Any) -> None:
    target = with_bundle(kind, bundle)
    assert normalised(target) is target


def test_the_rules_of_an_aggregated_role_are_the_control_planes() -> None:
    role = {"apiVersion": RBAC, "kind": "ClusterRole", "aggregationRule": AGGREGATED, "rules": []}
    assert "rules" not in normalised(role)


def test_the_rules_of_any_other_role_are_the_sources() -> None:
    role = {"apiVersion": RBAC, "kind": "ClusterRole", "rules": []}
    assert normalised(role) is role


@pytest.mark.parametrize("odd", [{}, {"webhooks": None}, {"webhooks": ["a", None]}, {"spec": []}])
def test_what_has_another_shape_is_left_to_the_server(odd: Manifest) -> None:
    for kind, group in (("MutatingWebhookConfiguration", ADMISSION), ("ClusterRole", RBAC)):
        target = {"apiVersion": group, "kind": kind, **odd}
        assert normalised(target) is target
