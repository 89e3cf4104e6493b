"""One life of an object of each built-in kind that an application may bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.catalogue.objects import deployment, job, pod, pod_template, service
from conformance.catalogue.steps import (
    APPS,
    BATCH,
    CORE,
    apply,
    delete,
    get,
    patch,
    post,
    put,
    script,
)
from conformance.scripts import Script, Step

_NETWORKING = "/apis/networking.k8s.io/v1"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_IN = "/namespaces/{ns}"
_SELECTOR = {"matchLabels": {"app": "web"}}
_RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
_WEBHOOK = {
    "name": "check.example.com",
    "clientConfig": {"url": "https://nowhere.example.com/check"},
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "rules": [
        {
            "apiGroups": ["none.example"],
            "apiVersions": ["v1"],
            "operations": ["CREATE"],
            "resources": ["nothings"],
        }
    ],
}


def _object(
    api_version: str,
    kind: str,
    name: str = "web",
    finalizers: Sequence[str] = (),
    **fields: Any,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


_OBJECTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"{CORE}/secrets", _object("v1", "Secret", stringData={"word": "sesame"})),
    (f"{CORE}/serviceaccounts", _object("v1", "ServiceAccount")),
    (f"{CORE}/services", service()),
    (f"{CORE}/pods", pod("web", serviceAccountName="default", automountServiceAccountToken=False)),
    (
        f"{CORE}/persistentvolumeclaims",
        _object(
            "v1",
            "PersistentVolumeClaim",
            finalizers=["kubernetes.io/pvc-protection"],
            spec={
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        ),
    ),
    (
        f"{CORE}/limitranges",
        _object(
            "v1", "LimitRange", spec={"limits": [{"type": "Container", "default": {"cpu": "500m"}}]}
        ),
    ),
    (f"{CORE}/resourcequotas", _object("v1", "ResourceQuota", spec={"hard": {"pods": "10"}})),
    (
        f"{CORE}/endpoints",
        _object(
            "v1",
            "Endpoints",
            subsets=[{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}],
        ),
    ),
    (
        f"{CORE}/events",
        _object(
            "v1",
            "Event",
            involvedObject={"kind": "Pod", "name": "web", "namespace": "{ns}"},
            reason="Told",
            message="so it was",
            type="Normal",
        ),
    ),
    (
        f"{CORE}/replicationcontrollers",
        _object("v1", "ReplicationController", spec={"replicas": 0, "template": pod_template()}),
    ),
    (f"{APPS}/deployments", deployment(paused=True)),
    (f"{APPS}/replicasets", {**deployment(replicas=0), "kind": "ReplicaSet"}),
    (f"{APPS}/statefulsets", {**deployment(serviceName="web"), "kind": "StatefulSet"}),
    (f"{APPS}/daemonsets", {**deployment(), "kind": "DaemonSet"}),
    (
        f"{APPS}/controllerrevisions",
        _object("apps/v1", "ControllerRevision", revision=1, data={"a": "b"}),
    ),
    (f"{BATCH}/jobs", job("web", suspend=True, template=pod_template(restartPolicy="Never"))),
    (
        f"{BATCH}/cronjobs",
        _object(
            "batch/v1",
            "CronJob",
            spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job()["spec"]}},
        ),
    ),
    (
        f"{_NETWORKING}{_IN}/ingresses",
        _object(
            "networking.k8s.io/v1",
            "Ingress",
            spec={
                "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}},
                "tls": [{"hosts": ["a.example"], "secretName": "tls"}],
            },
        ),
    ),
    (
        f"{_NETWORKING}{_IN}/networkpolicies",
        _object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            spec={"podSelector": _SELECTOR, "ingress": [{"ports": [{"port": 80}]}]},
        ),
    ),
    (
        f"{_NETWORKING}/ingressclasses",
        _object(
            "networking.k8s.io/v1",
            "IngressClass",
            "{ns}",
            spec={"controller": "example.com/ingress"},
        ),
    ),
    (
        f"/apis/policy/v1{_IN}/poddisruptionbudgets",
        _object(
            "policy/v1",
            "PodDisruptionBudget",
            spec={"minAvailable": 1, "selector": _SELECTOR},
        ),
    ),
    (
        f"/apis/autoscaling/v2{_IN}/horizontalpodautoscalers",
        _object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            spec={"scaleTargetRef": _TARGET, "maxReplicas": 3},
        ),
    ),
    (f"{_RBAC}{_IN}/roles", _object("rbac.authorization.k8s.io/v1", "Role", rules=_RULES)),
    (
        f"{_RBAC}{_IN}/rolebindings",
        _object(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            roleRef={"kind": "Role", "name": "web"},
            subjects=[
                {"kind": "ServiceAccount", "name": "web", "namespace": "{ns}"},
                {"kind": "User", "name": "ann"},
            ],
        ),
    ),
    (
        f"{_RBAC}/clusterroles",
        _object("rbac.authorization.k8s.io/v1", "ClusterRole", "{ns}", rules=_RULES),
    ),
    (
        f"{_RBAC}/clusterrolebindings",
        _object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            "{ns}",
            roleRef={
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "{ns}",
            },
            subjects=[{"kind": "Group", "name": "staff"}],
        ),
    ),
    (
        f"/apis/coordination.k8s.io/v1{_IN}/leases",
        _object(
            "coordination.k8s.io/v1",
            "Lease",
            spec={"holderIdentity": "me", "leaseDurationSeconds": 15},
        ),
    ),
    (
        f"/apis/discovery.k8s.io/v1{_IN}/endpointslices",
        _object(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            addressType="IPv4",
            endpoints=[{"addresses": ["10.1.2.3"]}],
            ports=[{"port": 80}],
        ),
    ),
    (
        "/apis/scheduling.k8s.io/v1/priorityclasses",
        _object("scheduling.k8s.io/v1", "PriorityClass", "{ns}", value=5),
    ),
    (
        "/apis/storage.k8s.io/v1/storageclasses",
        _object("storage.k8s.io/v1", "StorageClass", "{ns}", provisioner="example.com/disk"),
    ),
    (
        "/api/v1/persistentvolumes",
        _object(
            "v1",
            "PersistentVolume",
            "{ns}",
            finalizers=["kubernetes.io/pv-protection"],
            spec={
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/nowhere"},
            },
        ),
    ),
    (
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        _object(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            "{ns}",
            webhooks=[_WEBHOOK],
        ),
    ),
    (
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        _object(
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            "{ns}",
            webhooks=[_WEBHOOK],
        ),
    ),
)


def _life(collection: str, made: dict[str, Any]) -> Script:
    """Return a script that makes, reads, writes and deletes ``made``."""
    one = f"{collection}/{made['metadata']['name']}"
    applied = {**made, "metadata": {**made["metadata"], "annotations": {"note": "applied"}}}
    return script(
        f"the life of a {made['kind']} of {made['apiVersion']}",
        post(collection, made, dryRun="All"),
        post(collection, made),
        get(one),
        patch(one, {"metadata": {"labels": {"a": "b"}}}, fieldManager="labels"),
        put(one, "$3", fieldManager="same"),
        put(one, made, fieldManager="putter"),
        apply(one, applied, "one"),
        apply(one, applied, "one", force="true"),
        apply(one, made, "one"),
        get(one),
        patch(one, {"spec": {"nonsense": 1}, "nonsense": 2}, fieldValidation="Strict"),
        post(collection, {**made, "nonsense": True}, fieldValidation="Strict"),
        get(f"{one}/status"),
        delete(one, {"propagationPolicy": "Background", "gracePeriodSeconds": 0}),
        Step(method="GET", path=one, until="404"),
    )


KINDS: tuple[Script, ...] = tuple(_life(collection, made) for collection, made in _OBJECTS)
