"""kubectl may go on server-side with what it applied client-side, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.embedded.fields.objects import CONFIG_MAP, config_map

from tenter.embedded.fields import FieldConflicts, apply_as, update
from tenter.manifests import Manifest

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
T0, T1 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"


def applied_client_side(**data: str) -> Manifest:
    manifest = config_map(data)
    text = json.dumps(manifest)
    live = config_map(data, annotations={ANNOTATION: text})
    return update(None, live, CONFIG_MAP, manager="kubectl-client-side-apply", now=T0)


def applying(live: Manifest, wanted: Manifest, manager: str = "kubectl") -> Manifest:
    return apply_as(live, wanted, CONFIG_MAP, manager=manager, force=False, now=T1)


def annotation(manifest: Manifest) -> Any:
    return json.loads(manifest["metadata"]["annotations"][ANNOTATION])


def test_kubectl_changes_server_side_what_it_applied_client_side() -> None:
    merged = applying(applied_client_side(colour="red"), config_map({"colour": "blue"}))

    assert merged["data"] == {"colour": "blue"}


def test_the_annotation_follows_what_kubectl_applies() -> None:
    merged = applying(applied_client_side(colour="red"), config_map({"colour": "<blue>"}))

    assert annotation(merged) == config_map({"colour": "<blue>"})
    assert "\\u003cblue\\u003e" in merged["metadata"]["annotations"][ANNOTATION]


def test_any_other_manager_meets_conflicts() -> None:
    with pytest.raises(FieldConflicts):
        applying(applied_client_side(colour="red"), config_map({"colour": "blue"}), "other")


def test_what_somebody_else_changed_since_is_a_conflict() -> None:
    live = applied_client_side(colour="red")
    changed = update(live, {**live, "data": {"colour": "green"}}, CONFIG_MAP, manager="x", now=T1)

    with pytest.raises(FieldConflicts):
        applying(changed, config_map({"colour": "blue"}))


def test_an_annotation_that_cannot_be_read_helps_nobody() -> None:
    live = applied_client_side(colour="red")
    live["metadata"]["annotations"][ANNOTATION] = "not JSON"

    with pytest.raises(FieldConflicts):
        applying(live, config_map({"colour": "blue"}))


def test_without_the_annotation_none_is_made() -> None:
    merged = apply_as(
        None, config_map({"a": "b"}), CONFIG_MAP, manager="kubectl", force=False, now=T0
    )

    assert "annotations" not in merged["metadata"]
