from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.controllers import statefulset as controller
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, Outcome
from tenter.embedded.timestamps import format_time
from tenter.manifests import Manifest

from .objects import NOW, SETTINGS, World


def stateful_set(replicas: int = 2, **spec: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": "db",
            "namespace": "shop",
            "uid": "set-uid",
            "generation": 1,
            "resourceVersion": "1",
        },
        "spec": {
            "replicas": replicas,
            "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "main", "image": "db:1"}]},
            },
            **spec,
        },
    }


def reconcile(
    owner: Manifest, pods: Sequence[Manifest], now: float, settings: ControllerSettings
) -> Outcome:
    return controller.reconcile(owner, pods, (), now, settings)


def world(replicas: int = 2, **spec: Any) -> World:
    return World(stateful_set(replicas, **spec), reconcile)


def make_ready(cluster: World) -> None:
    for item in cluster.items:
        since = format_time(NOW)
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": since}
        item["status"] = {"phase": "Running", "conditions": [ready]}


def names(cluster: World) -> list[str]:
    return sorted(item["metadata"]["name"] for item in cluster.items)


def test_pods_are_made_one_after_the_other() -> None:
    cluster = world()
    cluster.settle()
    assert names(cluster) == ["db-0"]
    make_ready(cluster)
    cluster.settle()
    assert names(cluster) == ["db-0", "db-1"]


def test_parallel_pods_are_made_at_once() -> None:
    cluster = world(3, podManagementPolicy="Parallel")
    cluster.settle()
    assert names(cluster) == ["db-0", "db-1", "db-2"]


def test_scaling_down_takes_the_highest_first() -> None:
    cluster = world(3, podManagementPolicy="Parallel")
    cluster.settle()
    make_ready(cluster)
    cluster.owner["spec"]["replicas"] = 1
    cluster.settle()
    assert names(cluster) == ["db-0"]


def test_a_new_template_replaces_pods_from_the_highest_on() -> None:
    cluster = world()
    for _ in range(3):
        cluster.settle()
        make_ready(cluster)
    first = cluster.owner["status"]["updateRevision"]
    template = cluster.owner["spec"]["template"]
    cluster.owner["spec"]["template"] = {
        **template,
        "spec": {"containers": [{"name": "main", "image": "db:2"}]},
    }
    cluster.look()
    assert names(cluster) == ["db-0"]
    for _ in range(4):
        cluster.settle()
        make_ready(cluster)
    cluster.settle()
    status = cluster.owner["status"]
    assert status["updateRevision"] != first
    assert status["currentRevision"] == status["updateRevision"]
    assert status["updatedReplicas"] == status["readyReplicas"] == 2


def test_each_pod_gets_its_claims() -> None:
    cluster = world(1, volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": {"x": 1}}])
    outcome = reconcile(cluster.owner, [], NOW, SETTINGS)
    claim, new = (write.manifest for write in outcome.writes if isinstance(write, Create))
    assert claim["metadata"]["name"] == "data-db-0"
    assert new["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
    ]


def test_a_claim_that_is_there_is_used_again() -> None:
    owner = stateful_set(1, volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    present = {"metadata": {"name": "data-db-0", "namespace": "shop"}}
    outcome = controller.reconcile(owner, [], [present], NOW, SETTINGS)
    kinds = [write.manifest["kind"] for write in outcome.writes if isinstance(write, Create)]
    assert kinds == ["Pod"]


def test_a_partition_keeps_the_lower_pods_as_they_are() -> None:
    cluster = world(
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
    )
    for _ in range(3):
        cluster.settle()
        make_ready(cluster)
    before = {item["metadata"]["name"]: item["metadata"]["uid"] for item in cluster.items}
    template = cluster.owner["spec"]["template"]
    cluster.owner["spec"]["template"] = {**template, "spec": {"containers": []}}
    for _ in range(3):
        cluster.settle()
        make_ready(cluster)
    after = {item["metadata"]["name"]: item["metadata"]["uid"] for item in cluster.items}
    assert after["db-0"] == before["db-0"]
    assert after["db-1"] != before["db-1"]
