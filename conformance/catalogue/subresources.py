"""Status, scale, eviction, binding: what is written beside the object itself."""

from __future__ import annotations

from conformance.catalogue.objects import deployment, job, pod
from conformance.catalogue.steps import (
    APPS,
    BATCH,
    CORE,
    DEPLOYMENT,
    DEPLOYMENTS,
    apply,
    delete,
    get,
    patch,
    post,
    put,
    script,
)
from conformance.scripts import JSON_PATCH, STRATEGIC, Step

_POD = f"{CORE}/pods/task"
_BOUND = pod(nodeName="nowhere", serviceAccountName="default")


def _scale(replicas: object, **metadata: str) -> dict[str, object]:
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "web", **metadata},
        "spec": {"replicas": replicas},
    }


SUBRESOURCES = (
    script(
        "a status is written apart",
        post(DEPLOYMENTS, {**deployment(paused=True), "status": {"replicas": 3}}),
        patch(DEPLOYMENT, {"status": {"replicas": 3}}),
        patch(
            f"{DEPLOYMENT}/status",
            {
                "metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
                "spec": {"replicas": 9},
                "status": {"observedGeneration": 1, "replicas": 2},
            },
            fieldManager="watcher",
        ),
        patch(
            f"{DEPLOYMENT}/status",
            [{"op": "replace", "path": "/status/replicas", "value": 4}],
            JSON_PATCH,
        ),
        patch(f"{DEPLOYMENT}/status", {"status": {"replicas": 5}}, STRATEGIC),
        patch(f"{DEPLOYMENT}/status", {"status": {"replicas": -1}}),
        patch(f"{DEPLOYMENT}/status", {"status": {"replicas": "some"}}),
        apply(
            f"{DEPLOYMENT}/status",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "status": {"replicas": 6, "readyReplicas": 6},
            },
            "teller",
        ),
        apply(
            f"{DEPLOYMENT}/status",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "status": {"replicas": 6, "readyReplicas": 6},
            },
            "teller",
            force="true",
        ),
        patch(f"{DEPLOYMENT}/status", {"metadata": {"resourceVersion": "1"}}),
        put(f"{DEPLOYMENT}/status", "$8", fieldManager="putter"),
        get(DEPLOYMENT),
        delete(f"{DEPLOYMENT}/status"),
        post(f"{DEPLOYMENT}/status", deployment()),
        patch(f"{APPS}/deployments/none/status", {"status": {}}),
    ),
    script(
        "a Pod's status",
        post(f"{CORE}/pods", _BOUND),
        patch(
            f"{_POD}/status",
            {
                "metadata": {"labels": {"a": "b"}},
                "status": {
                    "phase": "Running",
                    "conditions": [
                        {
                            "type": "Ready",
                            "status": "True",
                            "lastTransitionTime": "2024-01-01T00:00:00Z",
                        }
                    ],
                },
            },
        ),
        patch(
            f"{_POD}/status",
            {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
            STRATEGIC,
        ),
        get(_POD),
    ),
    script(
        "a Job's status",
        post(f"{BATCH}/jobs", job(suspend=True)),
        patch(
            f"{BATCH}/jobs/task/status",
            {"status": {"conditions": [{"type": "Suspended", "status": "True"}]}},
        ),
        get(f"{BATCH}/jobs/task"),
        patch(f"{BATCH}/jobs/task", {"spec": {"parallelism": 3}}),
        patch(f"{BATCH}/jobs/task", {"spec": {"completions": 3}}),
        patch(f"{BATCH}/jobs/task", {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}),
        patch(f"{BATCH}/jobs/task", {"spec": {"ttlSecondsAfterFinished": 5}}),
        get(f"{BATCH}/jobs/task/scale"),
    ),
    script(
        "a scale",
        post(DEPLOYMENTS, deployment(paused=True)),
        get(f"{DEPLOYMENT}/scale"),
        put(f"{DEPLOYMENT}/scale", _scale(3), fieldManager="scaler"),
        get(DEPLOYMENT),
        patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 4}}, fieldManager="other"),
        put(f"{DEPLOYMENT}/scale", _scale(-1)),
        put(f"{DEPLOYMENT}/scale", _scale("many")),
        put(f"{DEPLOYMENT}/scale", _scale(3, resourceVersion="1")),
        put(f"{DEPLOYMENT}/scale", _scale(5), dryRun="All"),
        patch(
            f"{DEPLOYMENT}/scale",
            [{"op": "replace", "path": "/spec/replicas", "value": 6}],
            JSON_PATCH,
        ),
        apply(DEPLOYMENT, deployment(replicas=7, paused=True), "one"),
        get(DEPLOYMENT),
        get(f"{APPS}/deployments/none/scale"),
        delete(f"{DEPLOYMENT}/scale"),
    ),
    script(
        "an eviction",
        post(f"{CORE}/pods", pod(serviceAccountName="default")),
        post(
            f"{_POD}/eviction",
            {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "other"}},
        ),
        post(
            f"{_POD}/eviction",
            {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "task"}},
            dryRun="All",
        ),
        post(
            f"{_POD}/eviction",
            {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "task"}},
        ),
        get(_POD),
        post(
            f"{_POD}/eviction",
            {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "task"}},
        ),
        get(f"{_POD}/eviction"),
    ),
    script(
        "a binding",
        post(f"{CORE}/pods", pod(serviceAccountName="default")),
        Step(method="GET", path=f"{_POD}/log"),
        post(
            f"{_POD}/binding",
            {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": "task"},
                "target": {"apiVersion": "v1", "kind": "Node", "name": "somewhere"},
            },
        ),
        get(_POD),
        post(
            f"{_POD}/binding",
            {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": "task"},
                "target": {"apiVersion": "v1", "kind": "Node", "name": "elsewhere"},
            },
        ),
        Step(method="GET", path=f"{_POD}/log"),
        Step(method="GET", path=f"{_POD}/log", query={"container": "other"}),
    ),
)
