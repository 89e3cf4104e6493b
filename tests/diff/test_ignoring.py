import copy
from typing import Any

import pytest
from tests.diff.server import Server

from tenter.diff import (
    Ignored,
    IgnoreRule,
    ignored_of,
    read_ignore_rules,
    with_live_values,
    without_ignored,
)
from tenter.errors import OptionError
from tenter.manifests import Key, Manifest

KEY = Key("apps", "Deployment", "shop", "web")


def deployment(replicas: int, image: str = "a") -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "annotations": {"a/b": "1"}},
        "spec": {
            "replicas": replicas,
            "template": {"spec": {"containers": [{"name": "main", "image": image}]}},
        },
    }


@pytest.mark.parametrize(
    ("rule", "covered"),
    [
        ({"group": "apps", "kind": "Deployment"}, True),
        ({"group": "*", "kind": "*"}, True),
        ({"group": "apps", "kind": "Deployment", "name": "web", "namespace": "shop"}, True),
        ({"group": "apps", "kind": "Deployment", "name": "other"}, False),
        ({"kind": "Deployment"}, False),
    ],
)
def test_a_rule_covers_the_objects_that_it_names(rule: dict[str, Any], *, covered: bool) -> None:
    assert IgnoreRule(**rule).covers(KEY) is covered


def test_rules_are_read_from_an_application() -> None:
    rules = read_ignore_rules(
        [
            {
                "group": "apps",
                "kind": "Deployment",
                "jsonPointers": ["/spec/replicas", "/metadata/annotations/a~1b"],
                "managedFieldsManagers": ["autoscaler"],
                "jqPathExpressions": [".spec"],
            }
        ]
    )
    assert ignored_of(rules, KEY) == Ignored(
        (("spec", "replicas"), ("metadata", "annotations", "a/b")), ("autoscaler",), (".spec",)
    )


@pytest.mark.parametrize(
    "entries",
    [{}, ["x"], [{}], [{"kind": "A", "jsonPointers": ["spec"]}], [{"kind": "A", "name": 1}]],
)
def test_rules_that_cannot_be_read_are_refused(entries: Any) -> None:
    with pytest.raises(OptionError):
        read_ignore_rules(entries)


@pytest.mark.parametrize("pointer", ["/spec/replicas", "/spec/nothing/there", "/spec/template/0"])
def test_taking_out_leaves_the_object_as_it_was(pointer: str) -> None:
    target = deployment(3)
    before = copy.deepcopy(target)
    without_ignored(target, Ignored((tuple(pointer[1:].split("/")),)), [])
    assert target == before


def test_what_a_pointer_names_is_taken_out() -> None:
    found = without_ignored(
        deployment(3),
        Ignored((("spec", "replicas"), ("metadata", "annotations", "a/b"))),
        [],
    )
    assert "replicas" not in found["spec"]
    assert found["metadata"]["annotations"] == {}


def test_a_pointer_goes_into_lists() -> None:
    pointer = ("spec", "template", "spec", "containers", "0", "image")
    found = without_ignored(deployment(3), Ignored((pointer,)), [])
    assert found["spec"]["template"]["spec"]["containers"] == [{"name": "main"}]


def test_what_an_ignored_manager_owns_is_taken_out() -> None:
    server = Server()
    server.apply(deployment(3))
    live = server.update(
        lambda obj: (
            obj["spec"].update(replicas=5),
            obj["spec"]["template"]["spec"]["containers"][0].update(image="b"),
        ),
        "autoscaler",
    )
    ignored = Ignored((), ("autoscaler",))
    entries = live["metadata"]["managedFields"]
    for obj in (deployment(3), live):
        found = without_ignored(obj, ignored, entries)
        assert "replicas" not in found["spec"]
        assert "image" not in found["spec"]["template"]["spec"]["containers"][0]


def test_respecting_sends_what_is_live() -> None:
    live = deployment(5, "b")
    ignored = Ignored((("spec", "replicas"),))
    found = with_live_values(deployment(3), live, ignored, [])
    assert found["spec"]["replicas"] == 5
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "a"


def test_respecting_leaves_out_what_live_does_not_have() -> None:
    live = deployment(5)
    del live["spec"]["replicas"]
    found = with_live_values(deployment(3), live, Ignored((("spec", "replicas"),)), [])
    assert "replicas" not in found["spec"]


def test_respecting_sends_what_an_ignored_manager_set() -> None:
    server = Server()
    server.apply(deployment(3))
    live = server.update(
        lambda obj: (
            obj["spec"].update(replicas=5),
            obj["spec"]["template"]["spec"]["containers"][0].update(image="b"),
        ),
        "autoscaler",
    )
    entries = live["metadata"]["managedFields"]
    found = with_live_values(deployment(3), live, Ignored((), ("autoscaler",)), entries)
    assert found["spec"]["replicas"] == 5
    assert found["spec"]["template"]["spec"]["containers"] == [{"name": "main", "image": "b"}]
