"""What a cluster needs for a controller to run in it, as manifests. Pure.

The rights are parted in three: reading Applications and writing their status; keeping Tenter's own
things in its namespace; and deploying, which by nature is nearly everything. The last is a
ClusterRole of its own, ``tenter-controller-deploy``, so that it can be replaced by a narrower one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.argoproj import (
    GROUP,
    application_definition,
    default_project,
    project_definition,
)
from tenter.controller.sync_run_definition import sync_run_definition
from tenter.controller.sync_runs import GROUP as SYNC_RUN_GROUP
from tenter.manifests import Manifest

NAME = "tenter-controller"
PORT = 8082
_LABELS = {
    "app.kubernetes.io/name": NAME,
    "app.kubernetes.io/part-of": "tenter",
    "app.kubernetes.io/component": "controller",
}
_WORK = "/var/lib/tenter"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "update", "patch", "delete"]
_RBAC = "rbac.authorization.k8s.io"


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What is installed: into which namespace, with which image, and beside whom.

    ``beside_argocd`` leaves out what an Argo CD that is installed has brought: the definitions of
    Application and AppProject, and the project ``default``.
    """

    namespace: str = "argocd"
    image: str = "tenter"
    replicas: int = 1
    beside_argocd: bool = False


def definitions(installation: Installation) -> list[Manifest]:
    """Return the CustomResourceDefinitions."""
    if installation.beside_argocd:
        return [sync_run_definition()]
    return [application_definition(), project_definition(), sync_run_definition()]


def manifests(installation: Installation) -> list[Manifest]:
    """Return everything, in an order in which it can be created."""
    namespace = installation.namespace
    projects = [] if installation.beside_argocd else [default_project(namespace)]
    return [
        *definitions(installation),
        *projects,
        _object("v1", "ServiceAccount", NAME, namespace),
        *_rights(namespace),
        _deployment(installation),
        _service(namespace),
    ]


def _rights(namespace: str) -> list[Manifest]:
    own = [
        # Repositories, clusters and webhook secrets are read; what delete hooks need is written.
        _rule("", ["secrets"], [*_READ, *_WRITE]),
        _rule("", ["configmaps"], _READ),
        _rule("coordination.k8s.io", ["leases"], [*_READ, *_WRITE]),
    ]
    applications = [
        _rule(GROUP, ["applications"], [*_READ, "update", "patch"]),
        _rule(GROUP, ["appprojects"], _READ),
        _rule(SYNC_RUN_GROUP, ["syncruns"], [*_READ, *_WRITE]),
        _rule("", ["events"], ["create", "patch"]),
        _rule("authorization.k8s.io", ["selfsubjectaccessreviews"], ["create"]),
        _rule("apiextensions.k8s.io", ["customresourcedefinitions"], _READ),
    ]
    deploy = [
        _rule("*", ["*"], [*_READ, *_WRITE]),
        # A Role that grants more than its author has needs these, and Git may hold such Roles.
        _rule(_RBAC, ["roles", "clusterroles"], ["bind", "escalate"]),
    ]
    return [
        {**_object(f"{_RBAC}/v1", "Role", NAME, namespace), "rules": own},
        _binding("RoleBinding", NAME, namespace, namespace),
        {**_object(f"{_RBAC}/v1", "ClusterRole", NAME), "rules": applications},
        _binding("ClusterRoleBinding", NAME, "", namespace),
        {**_object(f"{_RBAC}/v1", "ClusterRole", f"{NAME}-deploy"), "rules": deploy},
        _binding("ClusterRoleBinding", f"{NAME}-deploy", "", namespace),
    ]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _binding(kind: str, name: str, namespace: str, account_namespace: str) -> Manifest:
    return {
        **_object(f"{_RBAC}/v1", kind, name, namespace),
        "roleRef": {"apiGroup": _RBAC, "kind": kind.removesuffix("Binding"), "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": account_namespace}],
    }


def _deployment(installation: Installation) -> Manifest:
    probe = {"port": "http", "scheme": "HTTP"}
    container = {
        "name": "controller",
        "image": installation.image,
        "args": [
            "controller",
            f"--namespace={installation.namespace}",
            f"--listen=0.0.0.0:{PORT}",
        ],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            # The rest of the file system is read-only; clones and Helm's own files go here.
            {"name": "TMPDIR", "value": _WORK},
            {"name": "HOME", "value": _WORK},
        ],
        "ports": [{"name": "http", "containerPort": PORT}],
        # Listing a large cluster takes its time; only then is it worth asking whether all is well.
        "startupProbe": {
            "httpGet": {"path": "/healthz", **probe},
            "periodSeconds": 5,
            "failureThreshold": 60,
        },
        "livenessProbe": {"httpGet": {"path": "/healthz", **probe}, "periodSeconds": 20},
        "readinessProbe": {"httpGet": {"path": "/readyz", **probe}, "periodSeconds": 5},
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "1Gi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "work", "mountPath": _WORK}],
    }
    pod = {
        "serviceAccountName": NAME,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 999,
            "fsGroup": 999,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "work", "emptyDir": {}}],
    }
    return {
        **_object("apps/v1", "Deployment", NAME, installation.namespace),
        "spec": {
            "replicas": installation.replicas,
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "template": {"metadata": {"labels": _LABELS}, "spec": pod},
        },
    }


def _service(namespace: str) -> Manifest:
    return {
        **_object("v1", "Service", NAME, namespace),
        "spec": {
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    }


def _object(api_version: str, kind: str, name: str, namespace: str = "") -> Manifest:
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": {**metadata, "labels": _LABELS}}
