from typing import Any

import pytest

from tenter.argoproj import (
    Project,
    may_be_orphan,
    orphan_warning,
    read_project,
    warns_of_orphans,
)
from tenter.manifests import Key


def project(orphaned: dict[str, Any] | None) -> Project:
    spec = {} if orphaned is None else {"orphanedResources": orphaned}
    return read_project({"metadata": {"name": "p"}, "spec": spec})


POD = Key("", "Pod", "shop", "stray")
LIVE: dict[str, Any] = {"metadata": {"name": "stray"}}


def test_only_a_project_that_asks_for_it_warns() -> None:
    assert not warns_of_orphans(project(None))
    assert warns_of_orphans(project({}))
    assert warns_of_orphans(project({"warn": True}))
    assert not warns_of_orphans(project({"warn": False}))


def test_what_another_object_owns_is_no_orphan() -> None:
    owned = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet"}]}}
    assert may_be_orphan(project({}), POD, LIVE)
    assert not may_be_orphan(project({}), POD, owned)


def test_what_the_controller_itself_keeps_is_no_orphan() -> None:
    kept = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "tenter"}}}
    assert not may_be_orphan(project({}), POD, kept)


@pytest.mark.parametrize(
    "key",
    [
        Key("", "ServiceAccount", "shop", "default"),
        Key("", "ConfigMap", "shop", "kube-root-ca.crt"),
        Key("", "Service", "default", "kubernetes"),
    ],
)
def test_what_namespaces_have_by_themselves_is_no_orphan(key: Key) -> None:
    assert not may_be_orphan(project({}), key, LIVE)


def test_a_service_of_that_name_elsewhere_is_one() -> None:
    assert may_be_orphan(project({}), Key("", "Service", "shop", "kubernetes"), LIVE)


@pytest.mark.parametrize(
    ("rule", "ignored"),
    [
        ({"kind": "Pod"}, True),
        ({"group": "", "kind": "P*", "name": "str*"}, True),
        ({"kind": "Pod", "name": "other"}, False),
        ({"group": "apps"}, False),
        ({"kind": "["}, False),
    ],
)
def test_what_the_project_lists_is_no_orphan(rule: dict[str, str], ignored: bool) -> None:
    assert may_be_orphan(project({"ignore": [rule]}), POD, LIVE) is not ignored


def test_the_warning_names_a_few_and_counts_the_rest() -> None:
    found = orphan_warning([Key("apps", "Deployment", "shop", f"d{n}") for n in range(7)])
    assert found.type == "OrphanedResourceWarning"
    assert found.message.startswith("Application has 7 orphaned resources: apps/Deployment/d0, ")
    assert "apps/Deployment/d4 and 2 more" in found.message
