"""Autoscalers and events are served in two forms, and stored in one."""

from __future__ import annotations

from typing import Any

from tests.embedded.server.api import MERGE, TABLE, running

SCALERS_V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
SCALERS_V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
CORE_EVENTS = "/api/v1/namespaces/default/events"
EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
MEMORY = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 60}},
}


def scaler(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": TARGET, **spec}}


async def test_an_autoscaler_written_in_the_older_form_is_read_in_the_newer() -> None:
    async with running() as api:
        made = await api.made(SCALERS_V1, scaler(maxReplicas=3, targetCPUUtilizationPercentage=80))
        newer = (await api.get(f"{SCALERS_V2}/web")).body
    assert made["apiVersion"] == "autoscaling/v1"
    assert made["spec"]["targetCPUUtilizationPercentage"] == 80
    assert newer["apiVersion"] == "autoscaling/v2"
    assert newer["spec"]["metrics"] == [
        {
            "type": "Resource",
            "resource": {
                "name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 80},
            },
        }
    ]


async def test_what_the_older_form_cannot_say_survives_a_change_in_it() -> None:
    async with running() as api:
        await api.made(SCALERS_V2, scaler(maxReplicas=3, metrics=[MEMORY]))
        await api.patch(f"{SCALERS_V1}/web", {"spec": {"maxReplicas": 5}}, content_type=MERGE)
        newer = (await api.get(f"{SCALERS_V2}/web")).body
    assert newer["spec"]["maxReplicas"] == 5
    assert newer["spec"]["metrics"] == [MEMORY]


async def test_both_forms_list_and_watch_the_same_objects() -> None:
    async with running() as api:
        await api.made(SCALERS_V2, scaler(maxReplicas=3))
        listed = (await api.get(SCALERS_V1)).body
        async with api.watching(SCALERS_V1, timeoutSeconds="1") as watch:
            word, found = await watch.next()
    assert [item["metadata"]["name"] for item in listed["items"]] == ["web"]
    assert (listed["apiVersion"], word, found["apiVersion"]) == (
        "autoscaling/v1",
        "ADDED",
        "autoscaling/v1",
    )


async def test_an_event_of_the_core_group_is_one_of_the_events_group() -> None:
    event = {
        "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
        "message": "hello",
        "reason": "Said",
        "type": "Normal",
    }
    async with running() as api:
        await api.made(CORE_EVENTS, event)
        query = {"fieldSelector": "regarding.name=p"}
        (found,) = (await api.get(EVENTS, **query)).body["items"]
        none = (await api.get(EVENTS, fieldSelector="regarding.name=q")).body["items"]
        table = (await api.get(EVENTS, accept=TABLE)).body
    assert (found["note"], found["regarding"]["name"], none) == ("hello", "p", [])
    assert "hello" in table["rows"][0]["cells"]


async def test_an_event_of_the_events_group_is_one_of_the_core_group() -> None:
    event = {
        "metadata": {"name": "e", "namespace": "default"},
        "eventTime": "2026-01-01T10:00:00.000000Z",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
        "note": "hello",
        "reason": "Said",
        "action": "Saying",
        "type": "Normal",
        "reportingController": "test",
        "reportingInstance": "test-1",
    }
    async with running() as api:
        await api.made(EVENTS, event)
        found = (await api.get(f"{CORE_EVENTS}/e")).body
        deleted = await api.delete(f"{EVENTS}/e")
    assert (found["message"], found["reportingComponent"]) == ("hello", "test")
    assert deleted.status == 200


async def test_the_parts_of_the_control_plane_are_well() -> None:
    async with running() as api:
        (first, *_) = (await api.get("/api/v1/componentstatuses")).body["items"]
        missing = await api.get("/api/v1/componentstatuses/none")
        written = await api.post("/api/v1/componentstatuses", {"metadata": {"name": "x"}})
    assert first["conditions"][0]["type"] == "Healthy"
    assert (missing.status, written.status) == (404, 405)
