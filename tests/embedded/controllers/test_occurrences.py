"""What controllers do is told in Events, in the words that Kubernetes uses."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest
from tests.embedded.controllers.objects import job as a_job

from tenter.embedded import EmbeddedCluster
from tenter.embedded.controllers import recorder
from tenter.embedded.controllers.occurrences import Occurrence, occurrences_of
from tenter.embedded.controllers.writes import Create, Delete, Patch, WriteStatus
from tenter.environment import Environment
from tenter.kube import Client
from tenter.manifests import Manifest


def owned(kind: str, name: str, by: str, owner: str, **spec: Any) -> Manifest:
    reference = {"apiVersion": "apps/v1", "kind": by, "name": owner, "uid": "u", "controller": True}
    metadata = {"name": name, "namespace": "shop", "ownerReferences": [reference]}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


def messages(*told: Any) -> list[tuple[str, str, str]]:
    return [(each.component, each.reason, each.message) for each in told]


def test_a_pod_made_is_told_by_the_name_that_it_got() -> None:
    new = owned("Pod", "", "ReplicaSet", "web")
    after = {**new, "metadata": {**new["metadata"], "name": "web-x"}}

    assert messages(*occurrences_of(Create(new), None, after)) == [
        ("replicaset-controller", "SuccessfulCreate", "Created pod: web-x")
    ]


def test_a_pod_deleted_is_told() -> None:
    pod = owned("Pod", "task-x", "Job", "task")

    assert messages(*occurrences_of(Delete(pod), pod, pod)) == [
        ("job-controller", "SuccessfulDelete", "Deleted pod: task-x")
    ]


def test_a_stateful_sets_pods_are_told_in_its_own_words() -> None:
    pod = owned("Pod", "db-0", "StatefulSet", "db")

    assert messages(*occurrences_of(Create(pod), None, pod)) == [
        (
            "statefulset-controller",
            "SuccessfulCreate",
            "Create Pod db-0 in StatefulSet db successful",
        )
    ]


def test_a_deployment_tells_how_it_scales() -> None:
    sets = owned("ReplicaSet", "web-1", "Deployment", "web", replicas=2)
    fewer = Patch(sets, {"spec": {"replicas": 1}})

    assert messages(
        *occurrences_of(Create(sets), None, sets), *occurrences_of(fewer, sets, sets)
    ) == [
        ("deployment-controller", "ScalingReplicaSet", "Scaled up replica set web-1 from 0 to 2"),
        ("deployment-controller", "ScalingReplicaSet", "Scaled down replica set web-1 from 2 to 1"),
    ]


def test_a_jobs_end_is_told_once() -> None:
    condition = {"type": "Failed", "status": "True", "reason": "TooLate", "message": "It was late"}
    before = a_job()
    after = {**before, "status": {"conditions": [condition]}}

    (told,) = occurrences_of(WriteStatus(after), before, after)
    again = occurrences_of(WriteStatus(after), after, after)

    assert (told.type, told.reason, told.message) == ("Warning", "TooLate", "It was late")
    assert again == []


async def test_events_of_a_job_are_found_by_what_they_are_about() -> None:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        client = Client(cluster.transport(), environment)
        manifest = a_job()
        metadata = {"name": "task", "namespace": "default"}
        manifest = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata} | {
            "spec": manifest["spec"]
        }
        await client.create(await client.resource("batch", "Job"), manifest)
        reasons: list[str] = []
        events = await client.resource("", "Event")
        async for change in client.watch(events, "default", timeout_seconds=30):
            if change.type == "ADDED":
                reasons.append(change.object["reason"])
            if reasons[-1:] == ["Completed"]:
                break
    assert reasons == ["SuccessfulCreate", "Completed"]


async def test_the_oldest_events_go_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_KEPT", 2)
    environment = Environment(now=time.time, random=random.Random(1))
    async with (
        EmbeddedCluster(environment, workloads=False) as cluster,
        asyncio.TaskGroup() as group,
    ):
        client = Client(cluster.transport(), environment)
        writer = recorder.Recorder(client, environment)
        running = group.create_task(writer.run())
        about = {"kind": "Job", "name": "task", "namespace": "default"}
        for reason in ("First", "Second", "Third", "Third"):
            writer.tell(Occurrence(about, "Normal", reason, "It happened"))
        events = await client.resource("", "Event")
        async for change in client.watch(events, "default", timeout_seconds=30):
            if change.type == "MODIFIED":
                break
        left = (await client.list(events, "default")).items
        running.cancel()
    assert [(each["reason"], each["count"]) for each in left] == [("Second", 1), ("Third", 2)]
