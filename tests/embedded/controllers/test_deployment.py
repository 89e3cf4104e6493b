from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.controllers import deployment as controller
from tenter.embedded.controllers.deployment import REVISION
from tenter.embedded.controllers.rollout import Size, read_bounds, read_share, roll
from tenter.embedded.controllers.templates import template_hash
from tenter.manifests import Manifest

from .objects import NOW, World, conditions, deployment


def world(**arguments: Any) -> World:
    return World(deployment(**arguments), controller.reconcile)


def let_replica_sets_work(cluster: World, *, available: bool = True) -> None:
    """Give each ReplicaSet the Pods it asks for, as its controller and a node would."""
    for item in cluster.items:
        size = item["spec"]["replicas"]
        item["status"] = {
            "replicas": size,
            "readyReplicas": size if available else 0,
            "availableReplicas": size if available else 0,
            "observedGeneration": item["metadata"]["generation"],
        }


def roll_out(cluster: World) -> None:
    for _ in range(30):
        cluster.settle()
        before = [item["spec"]["replicas"] for item in cluster.items]
        let_replica_sets_work(cluster)
        cluster.settle()
        if before == [item["spec"]["replicas"] for item in cluster.items]:
            return
    raise AssertionError("the rollout never ends")


def change_image(cluster: World, image: str) -> None:
    template = cluster.owner["spec"]["template"]
    containers = [{"name": "main", "image": image}]
    cluster.owner["spec"]["template"] = {**template, "spec": {"containers": containers}}
    cluster.owner["metadata"]["generation"] += 1


def sizes(cluster: World) -> dict[str, int]:
    return {
        item["spec"]["template"]["spec"]["containers"][0]["image"]: item["spec"]["replicas"]
        for item in cluster.items
    }


def test_a_new_deployment_gets_one_replica_set_named_by_its_template() -> None:
    cluster = world()
    roll_out(cluster)
    (only,) = cluster.items
    mark = template_hash(cluster.owner["spec"]["template"])
    assert only["metadata"]["name"] == f"web-{mark}"
    assert only["spec"]["selector"]["matchLabels"]["pod-template-hash"] == mark
    assert only["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == mark
    assert cluster.owner["metadata"]["annotations"][REVISION] == "1"


def test_a_deployment_whose_pods_are_available_says_so() -> None:
    cluster = world()
    roll_out(cluster)
    assert conditions(cluster.owner) == {
        "Progressing": "NewReplicaSetAvailable",
        "Available": "MinimumReplicasAvailable",
    }
    status = cluster.owner["status"]
    assert status["observedGeneration"] == 1
    assert status["updatedReplicas"] == status["availableReplicas"] == status["replicas"] == 3
    assert "unavailableReplicas" not in status


def test_a_deployment_without_available_pods_is_not_available() -> None:
    cluster = world()
    cluster.settle()
    let_replica_sets_work(cluster, available=False)
    cluster.settle()
    assert conditions(cluster.owner) == {"Progressing": "ReplicaSetUpdated"}
    assert cluster.owner["status"]["unavailableReplicas"] == 3


def test_a_new_template_replaces_the_old_pods() -> None:
    cluster = world()
    roll_out(cluster)
    change_image(cluster, "web:2")
    roll_out(cluster)
    assert sizes(cluster) == {"web:1": 0, "web:2": 3}
    assert cluster.owner["metadata"]["annotations"][REVISION] == "2"
    assert cluster.owner["status"]["observedGeneration"] == 2


def test_a_rolling_update_waits_while_the_new_pods_are_not_available() -> None:
    cluster = world()
    roll_out(cluster)
    change_image(cluster, "web:2")
    for _ in range(5):
        cluster.settle()
        for item in cluster.items:
            size = item["spec"]["replicas"]
            old = item["metadata"]["annotations"][REVISION] == "1"
            item["status"] = {"replicas": size, "availableReplicas": size if old else 0}
    cluster.settle()
    assert sizes(cluster) == {"web:1": 3, "web:2": 1}
    assert "Available" in conditions(cluster.owner)


def test_recreate_starts_no_new_pod_before_the_old_are_gone() -> None:
    cluster = world(strategy={"type": "Recreate"})
    roll_out(cluster)
    change_image(cluster, "web:2")
    cluster.settle()
    assert sizes(cluster) == {"web:1": 0}
    cluster.items[0]["status"] = {"replicas": 0, "terminatingReplicas": 1}
    cluster.settle()
    assert sizes(cluster) == {"web:1": 0}
    cluster.items[0]["status"] = {"replicas": 0}
    cluster.settle()
    assert sizes(cluster) == {"web:1": 0, "web:2": 3}


def test_going_back_to_an_old_template_gives_it_the_newest_revision() -> None:
    cluster = world()
    roll_out(cluster)
    change_image(cluster, "web:2")
    roll_out(cluster)
    change_image(cluster, "web:1")
    roll_out(cluster)
    assert sizes(cluster) == {"web:1": 3, "web:2": 0}
    assert len(cluster.items) == 2
    assert cluster.owner["metadata"]["annotations"][REVISION] == "3"


def test_scaling_changes_the_one_replica_set() -> None:
    cluster = world()
    roll_out(cluster)
    cluster.owner["spec"]["replicas"] = 5
    cluster.owner["metadata"]["generation"] += 1
    roll_out(cluster)
    assert sizes(cluster) == {"web:1": 5}
    assert cluster.owner["status"]["availableReplicas"] == 5


def test_a_paused_deployment_does_not_roll_out_but_scales() -> None:
    cluster = world()
    roll_out(cluster)
    cluster.owner["spec"]["paused"] = True
    cluster.owner["spec"]["replicas"] = 4
    change_image(cluster, "web:2")
    roll_out(cluster)
    assert sizes(cluster) == {"web:1": 4}


def test_a_resumed_deployment_rolls_out() -> None:
    cluster = world()
    roll_out(cluster)
    cluster.owner["spec"]["paused"] = True
    change_image(cluster, "web:2")
    roll_out(cluster)
    cluster.owner["spec"]["paused"] = False
    cluster.owner["metadata"]["generation"] += 1
    roll_out(cluster)
    assert sizes(cluster) == {"web:1": 0, "web:2": 3}


def test_no_progress_until_the_deadline_is_told_as_such() -> None:
    cluster = world(progressDeadlineSeconds=60)
    cluster.settle()
    let_replica_sets_work(cluster, available=False)
    cluster.settle()
    due = cluster.wake_at
    assert due is not None
    assert NOW + 60 <= due <= NOW + 61
    cluster.now = due
    cluster.settle()
    (progressing,) = [
        each for each in cluster.owner["status"]["conditions"] if each["type"] == "Progressing"
    ]
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")


def test_progress_moves_the_deadline() -> None:
    cluster = world(progressDeadlineSeconds=60)
    cluster.settle()
    let_replica_sets_work(cluster, available=False)
    cluster.now = NOW + 50
    cluster.settle()
    cluster.items[0]["status"]["availableReplicas"] = 1
    cluster.now = NOW + 59
    cluster.settle()
    cluster.now = NOW + 100
    cluster.settle()
    assert conditions(cluster.owner)["Progressing"] == "ReplicaSetUpdated"


def test_old_replica_sets_beyond_the_history_limit_are_deleted() -> None:
    cluster = world(revisionHistoryLimit=1)
    for number in range(1, 5):
        change_image(cluster, f"web:{number}")
        roll_out(cluster)
    cluster.settle()
    assert sizes(cluster) == {"web:3": 0, "web:4": 3}


def test_the_deployments_annotations_reach_its_replica_set() -> None:
    cluster = world()
    cluster.owner["metadata"]["annotations"] = {
        "team": "shop",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    roll_out(cluster)
    annotations = cluster.items[0]["metadata"]["annotations"]
    assert annotations["team"] == "shop"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in annotations


@pytest.mark.parametrize(
    ("value", "total", "up", "expected"),
    [
        (2, 10, True, 2),
        ("25%", 3, True, 1),
        ("25%", 3, False, 0),
        (None, 8, False, 2),
        ("0%", 5, True, 0),
    ],
)
def test_shares_are_read_as_numbers_or_percentages(
    value: int | str | None, total: int, up: bool, expected: int
) -> None:
    assert read_share(value, total, "25%", up=up) == expected


def test_surge_and_unavailable_are_never_both_zero() -> None:
    strategy = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}
    assert read_bounds(strategy, 3) == (0, 1)


@given(
    replicas=st.integers(0, 8),
    limits=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    old=st.lists(st.integers(0, 6), max_size=3),
    new=st.integers(0, 8),
    coming=st.lists(st.booleans(), max_size=60),
)
def test_a_rolling_update_keeps_its_bounds_and_arrives(
    replicas: int, limits: tuple[int, int], old: list[int], new: int, coming: list[bool]
) -> None:
    """New Pods become available at random; the bounds hold at each step, the end is reached."""
    strategy: Manifest = {"rollingUpdate": {"maxSurge": limits[0], "maxUnavailable": limits[1]}}
    bounds = read_bounds(strategy, replicas)
    wanted = [min(new, replicas), *old]
    available = list(wanted)
    most = max(sum(wanted), replicas + bounds[0])
    for arrives in [*coming, *([True] * 60)]:
        least = min(sum(available), replicas - bounds[1])
        now = [Size(size, size, ready) for size, ready in zip(wanted, available, strict=True)]
        grown, shrunk = roll(replicas, bounds, now[0], now[1:])
        wanted = [grown, *shrunk]
        available = [min(ready, size) for ready, size in zip(available, wanted, strict=True)]
        assert sum(wanted) <= most
        assert sum(available) >= least
        if arrives:
            available[0] = min(wanted[0], available[0] + 1)
    assert wanted == [replicas] + [0] * len(old)
