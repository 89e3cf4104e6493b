"""CustomResourceDefinitions of Application and AppProject, where Argo CD's are not installed.

They serve the same group, version and names, and keep every field that Tenter reads; others are
pruned. Neither has a status subresource, as in Argo CD: clients write spec and status as one.
"""

from __future__ import annotations

from typing import Any

from tenter.argoproj.application import (
    API_VERSION,
    DEFAULT_PROJECT,
    GROUP,
    VERSION,
    ApplicationSpec,
)
from tenter.argoproj.operation import Operation
from tenter.argoproj.project import ProjectSpec
from tenter.argoproj.schemas import FREE_FORM, Schema, schema_of
from tenter.argoproj.source import ApplicationSource
from tenter.argoproj.status import ApplicationStatus
from tenter.manifests import Manifest

_REQUIRED: dict[type, tuple[str, ...]] = {
    ApplicationSpec: ("destination", "project"),
    ApplicationSource: ("repoURL",),
}

_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_ROLES: Schema = {
    "type": "array",
    "description": "Roles of Argo CD's API server. Tenter keeps them and does not use them.",
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "groups": _TEXTS,
            "policies": _TEXTS,
            "jwtTokens": {"type": "array", "items": FREE_FORM},
        },
        "required": ["name"],
    },
}


def application_definition() -> Manifest:
    """Return the CustomResourceDefinition of Application."""
    return definition(
        group=GROUP,
        version=VERSION,
        kind="Application",
        plural="applications",
        short_names=("app", "apps"),
        properties={
            "spec": schema_of(ApplicationSpec, _REQUIRED),
            "operation": schema_of(Operation, _REQUIRED),
            "status": schema_of(ApplicationStatus, _REQUIRED),
        },
        columns=(
            column("Sync Status", ".status.sync.status"),
            column("Health Status", ".status.health.status"),
            column("Operation", ".status.operationState.phase", priority=10),
            column("Revision", ".status.sync.revision", priority=10),
            column("Project", ".spec.project", priority=10),
        ),
    )


def project_definition() -> Manifest:
    """Return the CustomResourceDefinition of AppProject."""
    spec = schema_of(ProjectSpec, _REQUIRED)
    spec["properties"]["roles"] = _ROLES
    return definition(
        group=GROUP,
        version=VERSION,
        kind="AppProject",
        plural="appprojects",
        short_names=("appproj", "appprojs"),
        properties={"spec": spec, "status": FREE_FORM},
    )


def default_project(namespace: str) -> Manifest:
    """Return the AppProject ``default``, which permits everything, as Argo CD's does."""
    return {
        "apiVersion": API_VERSION,
        "kind": "AppProject",
        "metadata": {"name": DEFAULT_PROJECT, "namespace": namespace},
        "spec": {
            "description": "Permits everything; narrow it, or make projects of your own.",
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    }


def definition(
    *,
    group: str,
    version: str,
    kind: str,
    plural: str,
    properties: dict[str, Schema],
    short_names: tuple[str, ...] = (),
    required: tuple[str, ...] = ("spec",),
    columns: tuple[dict[str, Any], ...] = (),
) -> Manifest:
    """Return a CustomResourceDefinition with one version, of a namespaced kind.

    ``properties`` are the schemas of its fields beside ``metadata``, of which ``required`` must be
    given; ``columns`` are what ``kubectl get`` shows after the name.
    """
    served: dict[str, Any] = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    **properties,
                },
                "required": ["metadata", *required],
            }
        },
        "subresources": {},
    }
    if columns:
        served["additionalPrinterColumns"] = list(columns)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "labels": {
                "app.kubernetes.io/name": f"{plural}.{group}",
                "app.kubernetes.io/part-of": "tenter",
            },
        },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                **({"shortNames": list(short_names)} if short_names else {}),
            },
            "versions": [served],
        },
    }


def column(name: str, path: str, *, kind: str = "string", priority: int = 0) -> dict[str, Any]:
    """Return a column of ``kubectl get``; above priority 0 it is shown with ``-o wide`` only."""
    found: dict[str, Any] = {"name": name, "type": kind, "jsonPath": path}
    return {**found, "priority": priority} if priority else found
