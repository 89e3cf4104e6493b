from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.controllers import replicaset as controller
from tenter.embedded.controllers.ownership import controller_of
from tenter.embedded.controllers.writes import Delete
from tenter.embedded.timestamps import format_time

from .objects import NOW, SETTINGS, World, pod, replica_set


def make_ready(cluster: World) -> None:
    for item in cluster.items:
        item["status"] = {
            "phase": "Running",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "lastTransitionTime": format_time(cluster.now),
                }
            ],
        }


def test_it_creates_the_pods_that_are_missing() -> None:
    cluster = World(replica_set(3), controller.reconcile)
    cluster.settle()
    assert len(cluster.items) == 3
    assert all(item["metadata"]["labels"] == {"app": "web"} for item in cluster.items)
    assert cluster.owner["status"] == {
        "replicas": 3,
        "fullyLabeledReplicas": 3,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }


def test_a_pod_that_ended_is_replaced() -> None:
    cluster = World(replica_set(1), controller.reconcile)
    cluster.settle()
    cluster.items[0]["status"] = {"phase": "Failed"}
    cluster.settle()
    assert [(item.get("status") or {}).get("phase") for item in cluster.items] == ["Failed", None]


def test_of_too_many_pods_those_not_ready_go_first() -> None:
    owner = replica_set(1)
    references = [{"kind": "ReplicaSet", "uid": "rs-uid", "controller": True}]
    ready = pod("a", "Running", ready=True, ownerReferences=references)
    starting = pod("b", "Pending", ownerReferences=references)
    outcome = controller.reconcile(owner, [ready, starting], NOW, SETTINGS)
    assert [write.manifest for write in outcome.writes if isinstance(write, Delete)] == [starting]


def test_an_orphan_that_matches_is_adopted_and_counts() -> None:
    cluster = World(replica_set(1), controller.reconcile)
    orphan = pod("orphan", "Running", ready=True, labels={"app": "web"})
    cluster.children["orphan-uid"] = orphan
    cluster.settle()
    assert len(cluster.items) == 1
    assert (controller_of(orphan) or {})["uid"] == "rs-uid"
    assert cluster.owner["status"]["readyReplicas"] == 1


def test_an_orphan_of_another_label_is_left_alone() -> None:
    cluster = World(replica_set(0), controller.reconcile)
    cluster.children["orphan-uid"] = pod("orphan", labels={"app": "other"})
    cluster.settle()
    assert controller_of(cluster.items[0]) is None


def test_a_pod_is_available_only_after_min_ready_seconds() -> None:
    cluster = World(replica_set(1, minReadySeconds=10), controller.reconcile)
    cluster.settle()
    make_ready(cluster)
    cluster.settle()
    assert "availableReplicas" not in cluster.owner["status"]
    assert cluster.wake_at == NOW + 10
    cluster.now = NOW + 10
    cluster.settle()
    assert cluster.owner["status"]["availableReplicas"] == 1


def test_while_it_is_being_deleted_it_makes_no_pods() -> None:
    owner = replica_set(2)
    owner["metadata"]["deletionTimestamp"] = format_time(NOW)
    cluster = World(owner, controller.reconcile)
    cluster.settle()
    assert not cluster.items


@given(sizes=st.lists(st.integers(0, 6), max_size=6))
def test_it_always_ends_with_as_many_pods_as_asked(sizes: list[int]) -> None:
    cluster = World(replica_set(2), controller.reconcile)
    for size in [*sizes, 3]:
        cluster.owner["spec"]["replicas"] = size
        cluster.settle()
        assert len(cluster.items) == size
        assert cluster.owner["status"]["replicas"] == size
