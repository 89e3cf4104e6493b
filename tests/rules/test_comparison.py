"""Rules of comparison, on one object and its owners."""

from __future__ import annotations

from typing import Any

import pytest

from tenter.applications import owned
from tenter.diff import (
    IgnoreRule,
    Verdict,
    compare,
    comparing,
    ignored_of,
    normalised,
    normalising,
    ownership,
    read_ownership,
    without_ignored,
)
from tenter.manifests import Manifest, key_of
from tests.diff.server import Server
from tests.rules.registry import rule


def config(**data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment(*names: str, **spec: Any) -> Manifest:
    containers = [{"name": name, "image": "x"} for name in names]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {**spec, "template": {"spec": {"containers": containers}}},
    }


@rule("COMPARE-FIELDS", breaks=lambda patch: patch.setattr(comparing, "same", lambda *_: True))
def test_every_field_that_the_target_names_must_be_as_it_says() -> None:
    server = Server()
    server.apply(config(colour="blue"))
    assert server.compare(config(colour="blue")).verdict is Verdict.SYNCED
    assert server.compare(config(colour="red")).verdict is not Verdict.SYNCED
    assert server.compare(config(colour="blue", size="1")).verdict is not Verdict.SYNCED


def _nothing_is_lacked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(comparing._Walk, "_lacked", lambda *_: None)


@rule("COMPARE-DROPPED", breaks=_nothing_is_lacked)
def test_a_field_of_ours_that_the_target_dropped_is_a_difference() -> None:
    for manager in ("tenter", "argocd-controller", "kubectl-client-side-apply"):
        server = Server()
        server.apply(config(colour="blue", old="1"), manager)
        assert server.compare(config(colour="blue")).fields == ("data.old",)


@rule(
    "COMPARE-OTHERS",
    breaks=lambda patch: patch.setattr(ownership, "is_ours", lambda *_: True),
)
def test_what_others_added_is_no_difference() -> None:
    server = Server()
    server.apply(config(colour="blue"))
    server.update(lambda obj: obj["data"].update(theirs="1"))
    assert server.compare(config(colour="blue")).verdict is Verdict.SYNCED


@rule(
    "COMPARE-ORDER",
    breaks=lambda patch: patch.setattr(comparing, "_is_keyed", lambda _: False),
)
def test_lists_are_compared_by_the_keys_of_their_items_in_their_order() -> None:
    server = Server()
    server.apply(deployment("a", "c"))
    server.update(
        lambda obj: obj["spec"]["template"]["spec"]["containers"].insert(
            1, {"name": "b", "image": "sidecar"}
        )
    )
    assert server.compare(deployment("a", "c")).verdict is Verdict.SYNCED
    assert server.compare(deployment("c", "a")).verdict is not Verdict.SYNCED


@rule(
    "COMPARE-SERVER",
    breaks=lambda patch: patch.setattr(comparing._Walk, "_items", lambda *_: None),
)
def test_what_is_not_certain_is_left_to_the_server() -> None:
    live = config(colour="blue")
    assert compare(live, live, read_ownership(live, None)).verdict is Verdict.UNDECIDED
    server = Server()
    server.apply(deployment("a"))
    assert server.compare(deployment("a", "b")).verdict is Verdict.UNDECIDED


@rule(
    "COMPARE-STATUS",
    breaks=lambda patch: patch.setattr(comparing, "_NOT_COMPARED", frozenset({"metadata"})),
)
def test_the_status_is_not_compared() -> None:
    server = Server()
    server.apply(deployment("a"))
    target = {**deployment("a"), "status": {"replicas": 3}}
    assert server.compare(target).verdict is Verdict.SYNCED


@rule(
    "COMPARE-FILLED",
    breaks=lambda patch: patch.setattr(normalising, "_CHANGES", {}),
)
def test_what_the_cluster_fills_in_is_neither_compared_nor_taken_away() -> None:
    server = Server()
    target = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "all"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "all"}}]},
        "rules": [],
    }
    server.apply(normalised(target))
    rule_ = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    server.update(lambda obj: obj.update(rules=[rule_]), "clusterrole-aggregation-controller")
    assert server.compare(normalised(target)).verdict is Verdict.SYNCED
    assert server.apply(normalised(target))["rules"] == [rule_]


@rule(
    "COMPARE-IGNORE",
    breaks=lambda patch: patch.setattr(IgnoreRule, "covers", lambda *_: False),
)
def test_what_is_to_be_ignored_is_not_compared() -> None:
    server = Server()
    server.apply(deployment("a", replicas=1))
    live = server.update(lambda obj: obj["spec"].update(replicas=5), "autoscaler")
    target, entries = deployment("a", replicas=1), live["metadata"]["managedFields"]
    for rule_ in (
        IgnoreRule(group="apps", kind="Deployment", pointers=("/spec/replicas",)),
        IgnoreRule(group="apps", kind="*", managers=("autoscaler",)),
    ):
        ignored = ignored_of([rule_], key_of(target))
        found = compare(
            without_ignored(target, ignored, entries),
            without_ignored(live, ignored, entries),
            read_ownership(live, entries),
        )
        assert found.verdict is Verdict.SYNCED


@rule(
    "COMPARE-EXTRANEOUS",
    breaks=lambda patch: patch.setattr(owned, "IGNORE_EXTRANEOUS", "Nothing"),
)
def test_an_object_may_say_that_it_does_not_count_once_the_source_dropped_it() -> None:
    live = config()
    assert not owned.is_extraneous(live)
    said = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true, IgnoreExtraneous"}
    assert owned.is_extraneous({**live, "metadata": {"annotations": said}})
