"""The scripts that are written by hand: each class of request and each class of refusal.

They are about the API server. Kinds that controllers write to are left to the behaviour suite.
"""

from __future__ import annotations

from typing import Any

from conformance.scripts import APPLY, JSON_PATCH, MERGE, STRATEGIC, Script, Step

CORE = "/api/v1/namespaces/{ns}"
APPS = "/apis/apps/v1/namespaces/{ns}"
BATCH = "/apis/batch/v1/namespaces/{ns}"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def get(path: str, **query: str) -> Step:
    """Return a GET."""
    return Step(method="GET", path=path, query=query)


def post(path: str, body: Any, **query: str) -> Step:
    """Return a POST."""
    return Step(method="POST", path=path, body=body, query=query)


def put(path: str, body: Any, **query: str) -> Step:
    """Return a PUT."""
    return Step(method="PUT", path=path, body=body, query=query)


def patch(path: str, body: Any, content_type: str = MERGE, **query: str) -> Step:
    """Return a PATCH, a merge patch unless said otherwise."""
    return Step(method="PATCH", path=path, body=body, content_type=content_type, query=query)


def apply(path: str, body: Any, manager: str = "one", **query: str) -> Step:
    """Return a server-side apply by ``manager``."""
    return patch(path, body, APPLY, **{"fieldManager": manager, **query})


def delete(path: str, body: Any = None, **query: str) -> Step:
    """Return a DELETE with its options as the body."""
    return Step(method="DELETE", path=path, body=body, query=query)


def config_map(name: str = "settings", data: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"colour": "red"} if data is None else data,
    }


def pod_template(**spec: Any) -> dict[str, Any]:
    """Return a Pod template."""
    containers = [{"name": "main", "image": "registry.example/web:1"}]
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers, **spec}}


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    """Return a Deployment."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(),
            **spec,
        },
    }


def pod(name: str = "task", **spec: Any) -> dict[str, Any]:
    """Return a Pod."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {**pod_template()["spec"], **spec},
    }


def job(name: str = "task", **spec: Any) -> dict[str, Any]:
    """Return a Job."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"spec": pod_template(restartPolicy="Never")["spec"]}, **spec},
    }


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec},
    }


MAPS, MAP = f"{CORE}/configmaps", f"{CORE}/configmaps/settings"
DEPLOYMENTS, DEPLOYMENT = f"{APPS}/deployments", f"{APPS}/deployments/web"


def _script(name: str, *steps: Step) -> Script:
    return Script(name=name, steps=steps)


WRITING = (
    _script(
        "a ConfigMap from create to delete",
        post(MAPS, config_map()),
        get(MAP),
        put(MAP, config_map(data={"colour": "blue"})),
        put(MAP, config_map(data={"colour": "blue"})),
        put(MAP, config_map(data={"size": "big"}, resourceVersion="$0.metadata.resourceVersion")),
        put(MAP, config_map(data={"size": "big"}, resourceVersion="$3.metadata.resourceVersion")),
        put(MAP, config_map(uid="00000000-0000-4000-8000-000000000000")),
        put(MAP, config_map("other")),
        delete(MAP),
        get(MAP),
        delete(MAP),
        put(MAP, config_map()),
        patch(MAP, {"data": {"a": "b"}}),
    ),
    _script(
        "a create that is refused",
        post(MAPS, config_map()),
        post(MAPS, config_map()),
        post(MAPS, config_map("Not A Name")),
        post(MAPS, config_map("x" * 254)),
        post(MAPS, config_map(namespace="other")),
        post(MAPS, {**config_map(), "kind": "Secret"}),
        post(MAPS, {**config_map(), "apiVersion": "v2"}),
        post(MAPS, {"kind": "ConfigMap"}),
        post(MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
        post(MAPS, config_map("bad-label", labels={"not a label": "!"})),
        post(MAPS, config_map("bad-key", data={"not/a/key": "x"})),
        post(MAPS, config_map("versioned", resourceVersion="7")),
        post(MAPS, "this is no JSON"),
        post(MAPS, "[]"),
        post(MAPS, {**config_map("bad-type"), "data": ["no", "map"]}),
        post(MAPS, {**config_map("bad-value"), "data": {"count": 3}}),
        post("/api/v1/namespaces/nowhere-at-all/configmaps", config_map()),
        post("/api/v1/namespaces/{ns}/nothings", config_map()),
        post("/apis/none.example/v1/namespaces/{ns}/configmaps", config_map()),
        post(MAPS, config_map("finalized", finalizers=["not qualified"])),
        post(MAPS, config_map("owned", ownerReferences=[{"kind": "Pod", "name": "x"}])),
    ),
    _script(
        "field validation",
        post(MAPS, {**config_map("a"), "colour": "red"}, fieldValidation="Strict"),
        post(MAPS, {**config_map("b"), "colour": "red"}, fieldValidation="Warn"),
        post(MAPS, {**config_map("c"), "colour": "red"}, fieldValidation="Ignore"),
        post(MAPS, {**config_map("d"), "colour": "red"}),
        post(MAPS, {**config_map("e")}, fieldValidation="Never"),
        post(DEPLOYMENTS, deployment(replica=3), fieldValidation="Strict"),
        patch(MAP.replace("settings", "d"), {"shape": "round"}, fieldValidation="Strict"),
        patch(MAP.replace("settings", "d"), {"shape": "round"}, fieldValidation="Ignore"),
        apply(MAP, {**config_map(), "colour": "red"}),
        apply(MAP, {**config_map(), "colour": "red"}, fieldValidation="Ignore"),
        post(
            MAPS,
            '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice","name":"two"}}',
            fieldValidation="Strict",
        ),
        post(
            MAPS,
            '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice","name":"two"}}',
            fieldValidation="Ignore",
        ),
    ),
    _script(
        "dry run",
        post(MAPS, config_map(), dryRun="All"),
        get(MAP),
        post(MAPS, config_map()),
        patch(MAP, {"data": {"a": "b"}}, dryRun="All"),
        put(MAP, config_map(data={}), dryRun="All"),
        apply(MAP, config_map(data={"x": "y"}), dryRun="All"),
        delete(MAP, dryRun="All"),
        get(MAP),
        post(MAPS, config_map("other"), dryRun="Some"),
        post("/api/v1/namespaces/nowhere-at-all/configmaps", config_map(), dryRun="All"),
    ),
    _script(
        "generated names",
        post(MAPS, config_map("", generateName="note-")),
        post(MAPS, config_map("", generateName="note-")),
        post(MAPS, config_map("", generateName="m" * 70)),
        post(MAPS, config_map("named", generateName="note-")),
        post(MAPS, config_map("", generateName="Not-A-Name-")),
    ),
    _script(
        "no-op writes change nothing",
        post(MAPS, config_map()),
        patch(MAP, {"data": {"colour": "red"}}),
        patch(MAP, {}),
        put(MAP, config_map(), fieldManager="tenter-conformance"),
        apply(MAP, config_map()),
        apply(MAP, config_map()),
        get(MAP),
    ),
)

PATCHING = (
    _script(
        "JSON patches",
        post(MAPS, config_map(labels={"a": "1"})),
        patch(MAP, [{"op": "add", "path": "/data/size", "value": "big"}], JSON_PATCH),
        patch(MAP, [{"op": "replace", "path": "/data/size", "value": "small"}], JSON_PATCH),
        patch(MAP, [{"op": "test", "path": "/data/size", "value": "big"}], JSON_PATCH),
        patch(
            MAP,
            [
                {"op": "test", "path": "/data/size", "value": "small"},
                {"op": "remove", "path": "/data/size"},
            ],
            JSON_PATCH,
        ),
        patch(MAP, [{"op": "remove", "path": "/data/size"}], JSON_PATCH),
        patch(MAP, [{"op": "replace", "path": "/data/none", "value": "x"}], JSON_PATCH),
        patch(MAP, [{"op": "copy", "from": "/data/colour", "path": "/data/copy"}], JSON_PATCH),
        patch(MAP, [{"op": "move", "from": "/data/copy", "path": "/data/moved"}], JSON_PATCH),
        patch(MAP, [{"op": "add", "path": "/metadata/labels/b~1c", "value": "2"}], JSON_PATCH),
        patch(MAP, [{"op": "paint", "path": "/data"}], JSON_PATCH),
        patch(MAP, {"op": "add"}, JSON_PATCH),
        patch(MAP, [{"op": "remove", "path": "/metadata/name"}], JSON_PATCH),
        patch(MAP, [{"op": "add", "path": "/data/count", "value": 3}], JSON_PATCH),
        patch(MAP, [], JSON_PATCH),
    ),
    _script(
        "merge patches",
        post(MAPS, config_map(labels={"a": "1", "b": "2"})),
        patch(MAP, {"metadata": {"labels": {"a": None, "c": "3"}}}),
        patch(MAP, {"data": None}),
        patch(MAP, {"data": {"x": "1"}, "metadata": {"annotations": {"note": "here"}}}),
        patch(MAP, {"metadata": {"resourceVersion": "$0.metadata.resourceVersion"}}),
        patch(MAP, {"metadata": {"name": "other"}}),
        patch(MAP, {"metadata": {"uid": "00000000-0000-4000-8000-000000000000"}}),
        patch(MAP, {"immutable": True}),
        patch(MAP, {"data": {"x": "2"}}),
        patch(MAP, "[1]"),
        patch(MAP, "{"),
        patch(MAP, {"kind": "Secret"}),
        patch(MAP, {"a": "b"}, "application/unknown-patch"),
        patch(MAP, {"metadata": {"labels": {"a": {"b": "c"}}}}),
    ),
    _script(
        "strategic merge patches",
        post(DEPLOYMENTS, deployment(paused=True)),
        patch(
            DEPLOYMENT,
            {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "b:1"}]}}}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "main", "env": [{"name": "A", "value": "1"}]},
                                {"name": "side", "$patch": "delete"},
                            ]
                        }
                    }
                }
            },
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {
                "spec": {
                    "template": {
                        "spec": {
                            "$setElementOrder/containers": [{"name": "init"}, {"name": "main"}],
                            "containers": [{"name": "init", "image": "c:1"}],
                        }
                    }
                }
            },
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/b"], "finalizers": ["c/d"]}},
            STRATEGIC,
        ),
        patch(DEPLOYMENT, {"metadata": {"finalizers": ["e/f"]}}, STRATEGIC),
        patch(
            DEPLOYMENT,
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["c/d", "e/f"]}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
            STRATEGIC,
        ),
        patch(DEPLOYMENT, {"spec": {"template": {"$patch": "paint"}}}, STRATEGIC),
        patch(
            DEPLOYMENT, {"metadata": {"labels": {"$patch": "replace", "only": "this"}}}, STRATEGIC
        ),
    ),
    _script(
        "what cannot change",
        post(DEPLOYMENTS, deployment(paused=True)),
        patch(DEPLOYMENT, {"spec": {"selector": {"matchLabels": {"app": "other"}}}}),
        patch(DEPLOYMENT, {"spec": {"replicas": -1}}),
        patch(DEPLOYMENT, {"spec": {"replicas": "many"}}),
        patch(DEPLOYMENT, {"spec": {"strategy": {"type": "Sometimes"}}}),
        patch(DEPLOYMENT, {"spec": {"template": {"spec": {"restartPolicy": "Never"}}}}),
        patch(DEPLOYMENT, {"spec": {"replicas": 2}}),
        patch(DEPLOYMENT, {"metadata": {"labels": {"tier": "front"}}}),
        patch(DEPLOYMENT, {"status": {"replicas": 7}}),
        patch(f"{DEPLOYMENT}/status", {"status": {"replicas": 7}, "spec": {"replicas": 9}}),
        get(f"{DEPLOYMENT}/status"),
        get(f"{DEPLOYMENT}/scale"),
        patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 5}}),
        get(DEPLOYMENT),
        get(f"{DEPLOYMENT}/nothing"),
        get(f"{MAP}/status"),
    ),
)

APPLYING = (
    _script(
        "apply creates, changes, takes away",
        apply(MAP, config_map()),
        apply(MAP, config_map(data={"colour": "blue", "size": "big"})),
        apply(MAP, config_map(data={"size": "big"})),
        apply(MAP, config_map(data={})),
        apply(MAP, {"apiVersion": "v1", "kind": "ConfigMap"}),
    ),
    _script(
        "apply by two managers",
        apply(MAP, config_map(), "one"),
        apply(MAP, config_map(), "two"),
        apply(MAP, config_map(data={"colour": "blue"}), "two"),
        apply(MAP, config_map(data={"colour": "blue"}), "two", force="true"),
        apply(MAP, config_map(data={"size": "big"}), "one"),
        apply(MAP, config_map(data={}), "two"),
        apply(MAP, config_map(data={}), "one"),
        get(MAP),
    ),
    _script(
        "apply and update by turns",
        post(MAPS, config_map(data={"a": "1", "b": "2"}), fieldManager="maker"),
        apply(MAP, config_map(data={"a": "2"}), "one"),
        apply(MAP, config_map(data={"a": "2"}), "one", force="true"),
        patch(MAP, {"data": {"a": "3", "c": "4"}}, fieldManager="other"),
        apply(MAP, config_map(data={"a": "2"}), "one"),
        patch(MAP, {"data": {"a": None}}, fieldManager="other"),
        put(MAP, config_map(data={"z": "9"}), fieldManager="maker"),
        patch(MAP, {"metadata": {"managedFields": [{}]}}),
        get(MAP),
    ),
    _script(
        "apply that is refused",
        patch(MAP, config_map(), APPLY),
        apply(MAP, config_map("other")),
        apply(MAP, {"metadata": {"name": "settings"}}),
        apply(MAP, config_map(managedFields=[])),
        apply(MAP, config_map(managedFields=[{"manager": "x"}])),
        apply(MAP, config_map(uid="00000000-0000-4000-8000-000000000000")),
        apply(MAP, config_map(resourceVersion="1")),
        apply(MAP, "no: [yaml"),
        apply(MAP, config_map(labels={"not a label": "!"})),
        apply(MAP, {**config_map(), "status": {}}),
        apply(MAP, config_map(creationTimestamp=None)),
        apply(MAP, config_map(), force="maybe"),
        apply(MAP, config_map(), "m" * 200),
        patch(MAP, {"data": {"x": "y"}}, force="true"),
        patch(MAPS, config_map(), APPLY, fieldManager="one"),
    ),
    _script(
        "apply to keyed lists",
        apply(DEPLOYMENT, deployment(paused=True), "one"),
        apply(
            DEPLOYMENT,
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}]
                        }
                    }
                },
            },
            "two",
        ),
        apply(
            DEPLOYMENT,
            deployment(
                paused=True,
                template=pod_template(
                    containers=[
                        {
                            "name": "main",
                            "image": "registry.example/web:2",
                            "ports": [{"containerPort": 80}, {"containerPort": 81}],
                        },
                        {"name": "side", "image": "registry.example/side:1"},
                    ]
                ),
            ),
            "one",
        ),
        apply(DEPLOYMENT, deployment(paused=True), "one"),
        apply(
            DEPLOYMENT,
            deployment(
                template=pod_template(
                    containers=[
                        {
                            "name": "main",
                            "image": "a:1",
                            "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
                        }
                    ]
                )
            ),
            "three",
        ),
        get(DEPLOYMENT),
    ),
    _script(
        "apply to a Service",
        apply(f"{CORE}/services/web", service(), "one"),
        apply(
            f"{CORE}/services/web", service(ports=[{"port": 80}, {"port": 81, "name": "b"}]), "one"
        ),
        apply(
            f"{CORE}/services/web",
            service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]),
            "one",
        ),
        apply(f"{CORE}/services/web", service(clusterIP="None"), "one"),
        apply(
            f"{CORE}/services/web", service(type="ExternalName", externalName="x.example"), "one"
        ),
    ),
)

READING = (
    _script(
        "selectors",
        post(MAPS, config_map("a", labels={"tier": "front", "size": "1"})),
        post(MAPS, config_map("b", labels={"tier": "back"})),
        post(MAPS, config_map("c")),
        get(MAPS, labelSelector="tier=front"),
        get(MAPS, labelSelector="tier!=front,tier"),
        get(MAPS, labelSelector="tier in (front, back)"),
        get(MAPS, labelSelector="tier notin (front)"),
        get(MAPS, labelSelector="!tier"),
        get(MAPS, labelSelector="size>0"),
        get(MAPS, labelSelector="tier=="),
        get(MAPS, labelSelector="tier in front"),
        get(MAPS, fieldSelector="metadata.name=b"),
        get(MAPS, fieldSelector="metadata.name!=b,metadata.name!=kube-root-ca.crt"),
        get(MAPS, fieldSelector="data.colour=red"),
        get(MAPS, fieldSelector="metadata.namespace={ns},metadata.name=a"),
    ),
    _script(
        "pages",
        *(post(MAPS, config_map(name, labels={"of": "pages"})) for name in "abcde"),
        get(MAPS, labelSelector="of=pages", limit="2"),
        get(f"{CORE}/secrets", limit="2"),
        get(f"{CORE}/secrets", limit="-1"),
        get(f"{CORE}/secrets", limit="two"),
        get(f"{CORE}/secrets", **{"continue": "nonsense"}),
    ),
    _script(
        "watches",
        post(MAPS, config_map("a", labels={"of": "watch"})),
        patch(f"{MAPS}/a", {"data": {"x": "1"}}),
        post(MAPS, config_map("b", labels={"of": "watch"})),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"of": "else"}}}),
        delete(f"{MAPS}/b"),
        get(
            MAPS,
            watch="true",
            resourceVersion="$0.metadata.resourceVersion",
            labelSelector="of=watch",
            timeoutSeconds="1",
        ),
        get(
            MAPS,
            watch="true",
            resourceVersion="$0.metadata.resourceVersion",
            fieldSelector="metadata.name=a",
            timeoutSeconds="1",
        ),
        get(MAPS, watch="true", resourceVersion="nonsense", timeoutSeconds="1"),
        get(MAPS, watch="true", resourceVersion="1", timeoutSeconds="1"),
        get(MAPS, resourceVersion="1", resourceVersionMatch="Exact"),
        get(MAPS, resourceVersion="999999999", resourceVersionMatch="Exact"),
        get(MAPS, resourceVersionMatch="Exact"),
        get(MAPS, resourceVersion="nonsense"),
    ),
    _script(
        "what is not there",
        get(MAP),
        get("/api/v1/nothings"),
        get("/apis/none.example/v1"),
        get("/nowhere"),
        get("/api/v1/namespaces/nowhere-at-all/configmaps"),
        get("/api/v1/namespaces/nowhere-at-all"),
        Step(method="PUT", path=MAPS, body={}),
        Step(method="POST", path=MAP, body={}),
        Step(method="PATCH", path=MAPS, body={}, content_type=MERGE),
        post("/api/v1/configmaps", config_map()),
    ),
)

DELETING = (
    _script(
        "finalizers",
        post(MAPS, config_map(finalizers=["example.com/stay", "example.com/too"])),
        delete(MAP),
        delete(MAP),
        patch(MAP, {"data": {"still": "here"}}),
        patch(MAP, {"metadata": {"finalizers": ["example.com/stay", "example.com/new"]}}),
        patch(MAP, {"metadata": {"finalizers": ["example.com/stay"]}}),
        post(MAPS, config_map()),
        apply(MAP, config_map(data={"x": "y"})),
        patch(MAP, {"metadata": {"finalizers": None}}),
        get(MAP),
    ),
    _script(
        "preconditions",
        post(MAPS, config_map()),
        delete(MAP, {"preconditions": {"uid": "00000000-0000-4000-8000-000000000000"}}),
        delete(MAP, {"preconditions": {"resourceVersion": "1"}}),
        delete(MAP, {"propagationPolicy": "Sideways"}),
        delete(MAP, {"propagationPolicy": "Foreground", "orphanDependents": True}),
        delete(MAP, {"gracePeriodSeconds": -7}),
        delete(MAP, {"preconditions": {"uid": "$0.metadata.uid"}}),
        get(MAP),
    ),
    _script(
        "a Pod is deleted with grace",
        post(f"{CORE}/pods", pod(nodeName="nowhere", serviceAccountName="default")),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 20}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 30}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 5}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 0}),
        get(f"{CORE}/pods/task"),
    ),
    _script(
        "deletecollection",
        *(post(MAPS, config_map(name, labels={"of": "many"})) for name in "ab"),
        post(MAPS, config_map("c", labels={"of": "one"})),
        delete(MAPS, labelSelector="of=many"),
        get(MAPS, labelSelector="of"),
    ),
)

DEFAULTING = (
    _script(
        "defaults of workloads",
        post(DEPLOYMENTS, deployment(paused=True), dryRun="All"),
        post(
            f"{APPS}/statefulsets",
            {**deployment(serviceName="web"), "kind": "StatefulSet"},
            dryRun="All",
        ),
        post(f"{APPS}/daemonsets", {**deployment(), "kind": "DaemonSet"}, dryRun="All"),
        post(f"{APPS}/replicasets", {**deployment(), "kind": "ReplicaSet"}, dryRun="All"),
        post(f"{BATCH}/jobs", job(), dryRun="All"),
        post(
            f"{BATCH}/jobs",
            job(suspend=True, backoffLimit=0, ttlSecondsAfterFinished=5),
            dryRun="All",
        ),
        post(
            f"{BATCH}/cronjobs",
            {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "metadata": {"name": "nightly"},
                "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": job()["spec"]}},
            },
            dryRun="All",
        ),
    ),
    _script(
        "defaults of Pods and Services",
        post(f"{CORE}/pods", pod(), dryRun="All"),
        post(
            f"{CORE}/pods",
            pod(
                containers=[
                    {
                        "name": "main",
                        "image": "registry.example/web",
                        "ports": [{"containerPort": 80}],
                        "livenessProbe": {"httpGet": {"port": 80}},
                        "readinessProbe": {"tcpSocket": {"port": "web"}},
                        "resources": {"limits": {"cpu": "1500m", "memory": "1.5Gi"}},
                        "env": [
                            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
                        ],
                    }
                ],
                volumes=[
                    {"name": "a", "configMap": {"name": "settings"}},
                    {"name": "b", "secret": {"secretName": "word"}},
                    {"name": "c", "emptyDir": {}},
                ],
            ),
            dryRun="All",
        ),
        post(f"{CORE}/services", service(clusterIP="None"), dryRun="All"),
        post(
            f"{CORE}/services", service(type="ExternalName", externalName="x.example"), dryRun="All"
        ),
        post(
            f"{CORE}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "word"},
                "stringData": {"word": "sesame"},
            },
            dryRun="All",
        ),
        post(
            f"{CORE}/persistentvolumeclaims",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "disk"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            },
            dryRun="All",
        ),
        post(
            "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "web"},
                "spec": {
                    "rules": [
                        {
                            "http": {
                                "paths": [
                                    {
                                        "path": "/",
                                        "pathType": "Prefix",
                                        "backend": {
                                            "service": {"name": "web", "port": {"number": 80}}
                                        },
                                    }
                                ]
                            }
                        }
                    ]
                },
            },
            dryRun="All",
        ),
        post(
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh"}},
            dryRun="All",
        ),
        post(
            f"{CORE}/serviceaccounts",
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
            dryRun="All",
        ),
    ),
    _script(
        "objects that break their kind's rules",
        post(
            f"{CORE}/pods",
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}},
        ),
        post(f"{CORE}/pods", pod(restartPolicy="Sometimes")),
        post(f"{CORE}/pods", pod(containers=[{"name": "Bad Name", "image": "a"}])),
        post(f"{CORE}/pods", pod(containers=[{"name": "a"}])),
        post(
            f"{CORE}/pods",
            pod(containers=[{"name": "a", "image": "a"}, {"name": "a", "image": "b"}]),
        ),
        post(
            f"{CORE}/pods", pod(volumes=[{"name": "a", "emptyDir": {}, "hostPath": {"path": "/"}}])
        ),
        post(f"{CORE}/pods", pod(activeDeadlineSeconds=0)),
        post(f"{CORE}/pods", pod(terminationGracePeriodSeconds=-1)),
        post(DEPLOYMENTS, deployment(selector={"matchLabels": {"app": "other"}})),
        post(DEPLOYMENTS, deployment(selector={})),
        post(DEPLOYMENTS, deployment(template={})),
        post(DEPLOYMENTS, {**deployment(), "spec": {}}),
        post(f"{BATCH}/jobs", job(template=pod_template())),
        post(f"{BATCH}/jobs", job(backoffLimit=-1, parallelism=-1)),
        post(f"{BATCH}/jobs", job(completions="three")),
        post(f"{CORE}/services", service(ports=[])),
        post(f"{CORE}/services", service(ports=[{"port": 0}])),
        post(f"{CORE}/services", service(ports=[{"port": 80}, {"port": 81}])),
        post(f"{CORE}/services", service(type="Sometimes")),
        post(f"{CORE}/services", service("1web")),
        post(
            f"{CORE}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "x"},
                "data": {"a": "not base64!"},
            },
        ),
    ),
)


def _definition(**version: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.{ns}.example"},
        "spec": {
            "group": "{ns}.example",
            "scope": "Namespaced",
            "names": {"plural": "boats", "singular": "boat", "kind": "Boat"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                    **version,
                }
            ],
        },
    }


DEFINING = (
    _script(
        "definitions that are refused",
        post(CRDS, {**_definition(), "metadata": {"name": "boats"}}),
        post(CRDS, _definition(schema=None)),
        post(CRDS, _definition(storage=False)),
        post(CRDS, _definition(schema={"openAPIV3Schema": {"type": "array"}})),
        post(CRDS, _definition(name="Version 1")),
        post(CRDS, _definition(), dryRun="All"),
    ),
)

RECORDED: tuple[Script, ...] = (
    *WRITING,
    *PATCHING,
    *APPLYING,
    *READING,
    *DELETING,
    *DEFAULTING,
    *DEFINING,
)
